module.exports = require('./src/js/server')
