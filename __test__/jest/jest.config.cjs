/** Jest loads the addon anew for every test file, and complains when something keeps the process alive. */
module.exports = { testEnvironment: 'node', testMatch: ['**/*.test.js'], transform: {} }
