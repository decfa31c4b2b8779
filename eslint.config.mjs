/**
 * Sizes of functions and files, the usual mistakes, and which folder of src/js may import what.
 */

import { dirname, relative, resolve, sep } from 'node:path'
import js from '@eslint/js'
import globals from 'globals'

const root = import.meta.dirname

/** What a file may import, by where it is: the first line that fits counts. Paths are given without their extension. */
const RINGS = [
  { from: 'src/js/protocol/', to: ['src/js/protocol/'] },
  { from: 'src/js/browser', to: ['src/js/protocol/'] },
  { from: 'src/js/client/', to: ['src/js/client/', 'src/js/protocol/'] },
  { from: 'src/js/vite/', to: ['src/js/vite/', 'src/js/server/', 'node:', 'vite'] },
  {
    from: 'src/js/testing/',
    to: ['src/js/testing/', 'src/js/server', 'src/js/protocol/', 'node:'],
  },
  { from: 'src/js/server/', to: ['src/js/server/', 'src/js/native/binding', 'src/js/protocol/', 'node:'] },
]

const rings = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { outward: '{{from}} must not import {{to}}: see RINGS in eslint.config.mjs' },
  },
  create(context) {
    const file = toPath(context.filename)
    const ring = RINGS.find(({ from }) => file.startsWith(from))
    if (!ring) return {}

    function check(source) {
      if (typeof source?.value !== 'string') return
      const to = source.value.startsWith('.')
        ? toPath(resolve(dirname(context.filename), source.value))
        : source.value
      if (ring.to.some((allowed) => to.startsWith(allowed))) return
      context.report({ node: source, messageId: 'outward', data: { from: ring.from, to } })
    }

    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      'CallExpression[callee.name="require"]': (node) => check(node.arguments[0]),
    }
  },
}

function toPath(file) {
  return relative(root, file).split(sep).join('/')
}

export default [
  {
    ignores: [
      'docs/api/**',
      'src/js/native/**',
      'src/js/protocol/index.cjs',
      '**/{.svelte-kit,build}/**',
      'target/**',
      'packed/**',
      'coverage/**',
      '**/*.{ts,mts,cts}',
    ],
  },
  js.configs.recommended,
  {
    languageOptions: { globals: globals.node },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { local: { rules: { rings } } },
    rules: {
      'local/rings': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', 60],
      'max-params': ['error', 5],
      'no-shadow': 'error',
      'no-unused-vars': ['error', { args: 'after-used', argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['**/*.js', '**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
  { files: ['examples/**/*.js'], languageOptions: { sourceType: 'module' } },
  {
    files: ['src/js/client/**', 'src/js/browser.mjs', 'demo/public/**', 'examples/*/public/**'],
    languageOptions: { globals: globals.browser },
  },
  { files: ['__test__/jest/**'], languageOptions: { globals: globals.jest } },
  // A list of behaviours is one function per subject and as long as it has to be.
  {
    files: ['__test__/**'],
    rules: { 'max-lines': 'off', 'max-lines-per-function': 'off', 'max-params': 'off' },
  },
]
