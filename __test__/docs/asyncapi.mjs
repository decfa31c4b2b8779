/** docs/asyncapi.yaml as a judge of messages. */

import { createRequire } from 'node:module'
import { parse } from 'yaml'
import { read } from './pages.mjs'

const require = createRequire(import.meta.url)
const { default: Ajv } = require('ajv')
const { default: addFormats } = require('ajv-formats')
const { schemasWithoutId } = require('@asyncapi/specs')

export const asyncapi = parse(read('docs/asyncapi.yaml'))

/** What is wrong with a document, by the specification's own schema. */
export function mistakesOf(document) {
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true, logger: false }))
  const schema = schemasWithoutId[document.asyncapi]
  const isValid = ajv.compile(schema)
  return isValid(document)
    ? []
    : isValid.errors.map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** The names in the specification that a reference leads to nothing from. */
export function deadReferences(document) {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path)
  return references.filter((path) => !path.split('/').reduce((at, name) => at?.[name], document))
}

/** By the names of the messages: says whether one is such a message. */
function validators() {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true }).addVocabulary(['components'])
  ajv.addSchema({ $id: 'asyncapi', components: { schemas: asyncapi.components.schemas } })
  return Object.entries(asyncapi.components.messages).map(([name, { payload }]) => {
    const text = JSON.stringify(payload).replaceAll('"#/', '"asyncapi#/')
    return [name, ajv.compile(JSON.parse(text))]
  })
}

const all = validators()

/** The names of the messages that this one is; one of them, if all is well. */
export const kindsOf = (message) => all.filter(([, isValid]) => isValid(message)).map(([name]) => name)

/** Which operations a message may be part of, by its direction: names of messages. */
export const messagesOf = (action) =>
  new Set(
    Object.values(asyncapi.operations).flatMap((operation) => {
      const own = operation.action === action ? operation.messages : operation.reply?.messages
      return (own ?? []).map(({ $ref }) => $ref.split('/').at(-1))
    }),
  )
