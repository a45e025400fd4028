// Opens an Outlook message ([MS-OXMSG]): a compound file with a stream for each long property and a folder for each attachment and
// recipient. A message attached to it is a folder, too, and becomes a file like the outer one: whoever opens that goes one level deeper.

import { readCompound, type Storage } from './compound-file.js'
import { writeCompound } from './compound-writer.js'
import { Budget, type InnerFile, StopUnpacking, type UnpackLimits, wayOf } from './inner-file.js'
import { type Addressees, bodyFiles, declaredType, listAddressees, PID, Properties, type Property } from './mapi.js'

const PROPERTIES = '__properties_version1.0'
const NAMED = '__nameid_version1.0'
const RECIPIENT = '__recip_version1.0_#'
const ATTACHMENT = '__attach_version1.0_#'
/** What stands before the properties, by whose they are ([MS-OXMSG] 2.4.1). */
const HEADER = { message: 32, embeddedMessage: 24, part: 8 } as const
const ENTRY_BYTES = 16
/** PidTagAttachMethod ([MS-OXCMSG]). */
const EMBEDDED_MESSAGE = 5
const OBJECT_STORAGE = '__substg1.0_3701000D'

/** The message itself first, then its attachments in their order. Throws StopUnpacking. */
export function openMessage(bytes: Buffer, limits: UnpackLimits): InnerFile[] {
  const root = readCompound(bytes)
  const message = readProperties(root, HEADER.message, null)
  const parts = attachments(root)
  if (parts.length > limits.maxFiles) throw new StopUnpacking('too-many')
  const budget = new Budget(limits)
  const files = bodyFiles('msg', message, addressees(root, message), limits.maxBytes)
  for (const part of parts) files.push(attachedFile(part, root, message.codePage))
  for (const file of files) budget.take(file.bytes.length)
  return files
}

function attachments(root: Storage): Storage[] {
  return numbered(root, ATTACHMENT)
}

/** In the order of their numbers, which are hexadecimal and all as long. */
function numbered({ storages }: Storage, prefix: string): Storage[] {
  const found = storages.filter(({ name }) => name.toUpperCase().startsWith(prefix.toUpperCase()))
  return found.sort((one, other) => (one.name.toUpperCase() < other.name.toUpperCase() ? -1 : 1))
}

/** Short values stand in one stream, one after another; text and binary in streams named by identifier and type. */
function readProperties({ streams }: Storage, headerBytes: number, codePage: number | null): Properties {
  const found = new Map<number, Property>()
  const fixed = streams.get(PROPERTIES)
  if (!fixed) throw new StopUnpacking('damaged')
  for (let at = headerBytes; at + ENTRY_BYTES <= fixed.length; at += ENTRY_BYTES) {
    found.set(fixed.readUInt16LE(at + 2), { type: fixed.readUInt16LE(at), value: fixed.subarray(at + 8, at + ENTRY_BYTES) })
  }
  for (const [name, value] of streams) {
    const parsed = /^__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})$/i.exec(name)
    if (parsed) found.set(Number.parseInt(parsed[1] ?? '', 16), { type: Number.parseInt(parsed[2] ?? '', 16), value })
  }
  return new Properties(found, codePage)
}

function addressees(root: Storage, message: Properties): Addressees {
  return listAddressees(
    numbered(root, RECIPIENT).map((storage) => readProperties(storage, HEADER.part, message.codePage)),
    message,
  )
}

function attachedFile(storage: Storage, root: Storage, codePage: number): InnerFile {
  const properties = readProperties(storage, HEADER.part, codePage)
  const object = storage.storages.find(({ name }) => name.toUpperCase() === OBJECT_STORAGE.toUpperCase())
  const isMessage = object !== undefined && properties.number(PID.attachMethod) === EMBEDDED_MESSAGE
  const said = properties.text(PID.attachLongFilename) ?? properties.text(PID.attachFilename) ?? properties.text(PID.displayName)
  const name = isMessage && said !== null && !/\.msg$/i.test(said) ? `${said}.msg` : said
  return {
    name,
    mediaType: isMessage ? 'application/vnd.ms-outlook' : declaredType(properties),
    // An attachment without data is a link: a file of no bytes, so that it is seen that there was one.
    bytes: object
      ? writeCompound(isMessage ? asMessageFile(object, root) : object)
      : (properties.binary(PID.attachData) ?? Buffer.alloc(0)),
    way: wayOf('msg', name),
    role: 'attachment',
    title: null,
  }
}

/** [MS-OXMSG]: in a file of its own a message has a longer header, and the names of properties, which the outer one keeps. */
function asMessageFile(message: Storage, root: Storage): Storage {
  const fixed = message.streams.get(PROPERTIES)
  if (!fixed || fixed.length < HEADER.embeddedMessage) throw new StopUnpacking('damaged')
  const header = Buffer.concat([fixed.subarray(0, HEADER.embeddedMessage), Buffer.alloc(HEADER.message - HEADER.embeddedMessage)])
  const streams = new Map(message.streams).set(PROPERTIES, Buffer.concat([header, fixed.subarray(HEADER.embeddedMessage)]))
  const names = root.storages.filter(({ name }) => name === NAMED)
  return { ...message, classId: root.classId, streams, storages: [...message.storages.filter(({ name }) => name !== NAMED), ...names] }
}
