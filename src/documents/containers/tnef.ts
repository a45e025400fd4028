// Opens TNEF (winmail.dat, [MS-OXTNEF]): Outlook's own wrapping of a message, its text and its attachments. A stream of attributes; the
// newer half of it is MAPI properties inside two of them. Checksums are not looked at, since writers get them wrong; lengths are, and a
// stream that doesn't hold what it says is damaged as a whole.

import { ByteCursor } from './byte-cursor.js'
import { decodeCodePage, WINDOWS_1252 } from './code-page.js'
import { Budget, type InnerFile, StopUnpacking, type UnpackLimits, wayOf } from './inner-file.js'
import { bodyFiles, declaredType, listAddressees, PID, Properties, TYPE } from './mapi.js'
import { readProperties, readRows } from './tnef-properties.js'

const SIGNATURE = 0x223e9f78
const MESSAGE = 1
const ATTACHMENT = 2
/** Attribute identifiers ([MS-OXTNEF]), without their types. */
const ATT = {
  oemCodePage: 0x9007,
  subject: 0x8004,
  body: 0x800c,
  messageProperties: 0x9003,
  recipients: 0x9004,
  attachData: 0x800f,
  attachTitle: 0x8010,
  attachMetaFile: 0x8011,
  attachTransportFilename: 0x9001,
  attachRenderData: 0x9002,
  attachProperties: 0x9005,
} as const
/** IID_IMessage ([MS-OXTNEF]): before an embedded message, which is TNEF again. */
const MESSAGE_OBJECT = Buffer.from('0703020000000000c000000000000046', 'hex')
const OBJECT_ID_BYTES = 16

type Attributes = Map<number, Buffer>

/** The message's own text first, then its attachments in their order. Throws StopUnpacking. */
export function openTnef(bytes: Buffer, limits: UnpackLimits): InnerFile[] {
  const { message, attachments } = readAttributes(bytes, limits)
  const codePage = message.get(ATT.oemCodePage)?.subarray(0, 4)
  const oem = codePage?.length === 4 ? codePage.readUInt32LE() : WINDOWS_1252
  const properties = messageProperties(message, oem)
  const recipients = readRows(message.get(ATT.recipients)).map((row) => new Properties(row, properties.codePage))
  const budget = new Budget(limits)
  const files = [...bodyFiles('tnef', properties, listAddressees(recipients, properties), limits.maxBytes)]
  for (const attachment of attachments) files.push(attachedFile(attachment, properties.codePage))
  for (const file of files) budget.take(file.bytes.length)
  return files
}

/** Level, identifier, length, bytes, checksum. Each attachment begins with how it was to be drawn. */
function readAttributes(bytes: Buffer, { maxFiles }: UnpackLimits): { message: Attributes; attachments: Attributes[] } {
  const cursor = new ByteCursor(bytes)
  if (cursor.u32() !== SIGNATURE) throw new StopUnpacking('damaged')
  cursor.take(2) // the key of this stream, which means nothing any more
  const message: Attributes = new Map()
  const attachments: Attributes[] = []
  while (!isPadding(cursor.rest())) {
    const level = cursor.u8()
    const id = cursor.u32() & 0xffff
    const value = cursor.take(cursor.u32())
    cursor.take(2) // checksum
    if (level === MESSAGE) message.set(id, value)
    else if (level !== ATTACHMENT) throw new StopUnpacking('damaged')
    else {
      if (id === ATT.attachRenderData || attachments.length === 0) attachments.push(new Map())
      if (attachments.length > maxFiles) throw new StopUnpacking('too-many')
      attachments.at(-1)?.set(id, value)
    }
  }
  return { message, attachments }
}

/** Some gateways fill the last line, or end it. */
function isPadding(rest: Buffer): boolean {
  return rest.length < 16 && rest.every((byte) => byte === 0 || byte === 0x0d || byte === 0x0a)
}

/** Those of the newer half; where it leaves text or subject out, those of the older. */
function messageProperties(message: Attributes, codePage: number): Properties {
  const found = readProperties(message.get(ATT.messageProperties))
  for (const [attribute, id] of [
    [ATT.subject, PID.subject],
    [ATT.body, PID.body],
  ] as const) {
    const value = message.get(attribute)
    if (value && !found.has(id)) found.set(id, { type: TYPE.string8, value })
  }
  return new Properties(found, codePage)
}

function attachedFile(attachment: Attributes, codePage: number): InnerFile {
  const properties = new Properties(readProperties(attachment.get(ATT.attachProperties)), codePage)
  const { bytes, isMessage } = dataOf(attachment, properties)
  const said = nameOf(attachment, properties, codePage)
  const name = isMessage && said !== null ? `${said}.dat` : said
  const mediaType = isMessage ? 'application/ms-tnef' : declaredType(properties)
  return { name, mediaType, bytes, way: wayOf('tnef', name), role: 'attachment', title: null }
}

/** An attachment without data is a link or a shortcut: a file of no bytes, so that it is seen that there was one. */
function dataOf(attachment: Attributes, properties: Properties): { bytes: Buffer; isMessage: boolean } {
  const object = properties.get(PID.attachData)
  if (object?.type === TYPE.object) {
    const isMessage = object.value.subarray(0, OBJECT_ID_BYTES).equals(MESSAGE_OBJECT)
    return { bytes: object.value.subarray(OBJECT_ID_BYTES), isMessage }
  }
  // The picture that stood for an attachment is all there is of some.
  const bytes = attachment.get(ATT.attachData) ?? object?.value ?? attachment.get(ATT.attachMetaFile) ?? Buffer.alloc(0)
  return { bytes, isMessage: false }
}

/** The longest name there is, the newest first. */
function nameOf(attachment: Attributes, properties: Properties, codePage: number): string | null {
  const old = (attribute: number) => {
    const value = attachment.get(attribute)
    return value ? decodeCodePage(value, codePage).replace(/\0.*$/s, '') || null : null
  }
  return (
    properties.text(PID.attachLongFilename) ??
    old(ATT.attachTransportFilename) ??
    properties.text(PID.attachFilename) ??
    old(ATT.attachTitle) ??
    properties.text(PID.displayName)
  )
}
