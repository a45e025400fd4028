// The replies that are the door's own: protocol matters, decided before or beside the desk. Every reply leaves with its enhanced status
// code (RFC 3463) in front of the text. smtp-server's own stamping stays off (it marks every 550 as 5.1.1), so its own words get theirs here.

import { type Reply, reply } from '../mail/reply.js'

export const TEMPORARY_PROBLEM = reply(451, '4.3.0', 'Temporary local problem, please try again later')
export const WRONG_PASSWORD = reply(535, '5.7.8', 'User name or password is not right')
export const UNKNOWN_PARAMETER = reply(555, '5.5.4', 'Unknown parameter in the command') // RFC 5321 4.1.1.11
export const NEEDS_SMTPUTF8 = reply(553, '5.6.7', 'An address with other than ASCII characters needs the SMTPUTF8 parameter') // RFC 6531 3.5
export const NEEDS_MAIL = reply(503, '5.5.1', 'Begin with MAIL, please')
export const TOO_MANY_TRANSACTIONS = reply(421, '4.7.0', 'Many messages on this connection, please connect again')
export const TOO_MANY_SIGN_IN_FAILURES = reply(421, '4.7.0', 'Too many wrong passwords, closing the connection')
export const TOO_MANY_ERRORS = reply(421, '4.7.0', 'Too many refused commands, closing the connection')
export const TOO_MANY_COMMANDS = reply(421, '4.7.0', 'Too many commands without a message, closing the connection')
export const TOO_MANY_CONNECTIONS = reply(421, '4.7.0', 'Too many connections, please try again in a minute')
export const TIMED_OUT = reply(421, '4.4.2', 'Nothing heard for too long, closing the connection')
export const SHUTTING_DOWN = reply(421, '4.3.2', 'The service is shutting down, please try again in a minute')

/** The text part as it goes on the wire. */
export function wireText({ enhancedCode, text }: Reply): string {
  return enhancedCode ? `${enhancedCode} ${text}` : text
}

/** smtp-server's words that need another class than their reply code's usual one, or are too playful for a clinic's bounce. */
const REWORDED: ReadonlyArray<readonly [pattern: RegExp, replyCode: number, wire: string]> = [
  [/^Try to send something/, 252, '2.5.0 Addresses are not verified here, please send the message'],
  [/^See https:/, 214, '2.0.0 RFC 5321'],
  [/^Error: send (HELO|LHLO)/, 503, '5.5.1 Begin with EHLO, please'],
  [/^Error: Must issue a STARTTLS/, 538, '5.7.11 Signing in needs TLS: STARTTLS first'],
  [/^Error: Bad sender address/, 501, '5.1.7 The sender address is not well formed'],
  [/^Error: Bad recipient address/, 501, '5.1.3 The recipient address is not well formed'],
  [/^Error: Unrecognized authentication/, 504, '5.5.4 Only PLAIN and LOGIN are known here'],
  [/^Error: invalid userdata|^Error: missing username/, 501, '5.5.2 User name or password is not well formed'],
  [/ You talk too soon$/, 421, '4.7.0 Please wait for the greeting'],
  [/^HTTP requests/, 421, '4.7.0 This is a mail server'],
  [/^Error: Command line too long/, 421, '4.5.2 The command line is too long'],
  [/^Error: too many unrecognized/, 421, wireText(TOO_MANY_ERRORS)],
  [/^Timeout/, 421, wireText(TIMED_OUT)],
  [/^Error: internal server error/, 451, wireText(TEMPORARY_PROBLEM)],
]

/** RFC 3463 codes for what smtp-server says by itself, by reply code. */
const ENHANCED_CODES: Readonly<Record<number, string>> = {
  221: '2.0.0',
  235: '2.7.0',
  250: '2.0.0',
  421: '4.3.2',
  451: '4.3.0',
  500: '5.5.2',
  501: '5.5.4',
  503: '5.5.1',
  504: '5.5.4',
  530: '5.7.0',
  535: '5.7.8',
}

/**
 * What to send for one line that smtp-server wants to say: ours as it is (it begins with an enhanced code), the library's own with an
 * enhanced code in front. Greetings and 3yz replies carry none (RFC 2034 3).
 */
export function worded(replyCode: number, text: string): string {
  if (replyCode === 220 || (replyCode >= 300 && replyCode < 400)) return text
  if (/^[245]\.\d{1,3}\.\d{1,3} /.test(text)) return text
  for (const [pattern, code, wire] of REWORDED) if (code === replyCode && pattern.test(text)) return wire
  const enhancedCode = ENHANCED_CODES[replyCode] ?? `${Math.floor(replyCode / 100)}.0.0`
  return `${enhancedCode} ${text.replace(/^Error: /, '')}`
}
