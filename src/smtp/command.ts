// What stands in EHLO, MAIL and RCPT beside what smtp-server has checked already.

import { domainToASCII } from 'node:url'
import type { SMTPServerAddress } from 'smtp-server'

/** Parameters we announce, or must take because of what we announce (AUTH=: RFC 4954 5). */
const KNOWN_PARAMETERS = { MAIL: new Set(['SIZE', 'BODY', 'SMTPUTF8', 'AUTH']), RCPT: new Set<string>() }

/** Whether the command has a parameter that was not announced in EHLO (RFC 5321 4.1.1.11). */
export function hasUnknown({ args }: SMTPServerAddress, command: 'MAIL' | 'RCPT'): boolean {
  return args !== false && Object.keys(args).some((name) => !KNOWN_PARAMETERS[command].has(name))
}

/** The SIZE parameter in bytes (RFC 1870), or null. smtp-server has checked that it is 1 to 20 digits. */
export function sizeOf({ args }: SMTPServerAddress): number | null {
  const size = args !== false && args.SIZE
  return typeof size === 'string' ? Number(size) : null
}

/**
 * RFC 6531 3.4: a local part beyond ASCII needs SMTPUTF8 on MAIL. The domain is not looked at: smtp-server has turned `xn--` labels,
 * which need no parameter, into Unicode.
 */
export function isMissingSmtpUtf8(address: string, mailFrom: SMTPServerAddress | false): boolean {
  const local = address.slice(0, address.lastIndexOf('@') + 1)
  if (/^\p{ASCII}*$/u.test(local)) return false
  return mailFrom === false || mailFrom.args === false || mailFrom.args.SMTPUTF8 !== true
}

/** The path with its domain in ASCII again, as DNS and the desk know it; '' stays the null reverse-path. */
export function canonicalPath(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  if (at < 0 || /^\p{ASCII}*$/u.test(domain)) return address
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain}`
}

/** EHLO's name for log, log fields and SPF: printable ASCII without spaces, at most 255 characters; '' before EHLO. */
export function cleanEhlo(name: string | false): string {
  return (name || '').replace(/[^\x21-\x7e]/g, '?').slice(0, 255)
}
