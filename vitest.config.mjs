import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['__test__/**/*.spec.mjs'],
    // A process of its own for each file: the addon is loaded as an application would load it.
    pool: 'forks',
    maxConcurrency: 24,
    testTimeout: 15_000,
    hookTimeout: 30_000,
    // The original reports every room that becomes empty and every framing error, ours every leave hook that throws, vite what it reloads.
    onConsoleLog: (text) =>
      /^(room .* is now empty$|Error on connection:|onLeave failed|\[vite\] )/m.test(text)
        ? false
        : undefined,
  },
})
