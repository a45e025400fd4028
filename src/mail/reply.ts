// What an SMTP server says back: reply code (RFC 5321 4.2), enhanced status code (RFC 3463, RFC 7372) and one line of text.
// The enhanced code is part of the text we write ourselves: the library's own table stamps every 550 as 5.1.1.

export interface Reply {
  readonly replyCode: number
  /** As in RFC 3463, for instance `5.7.1`. Empty for the few replies that carry none. */
  readonly enhancedCode: string
  /** One line for the clerk who reads the bounce; no names of consumers, nothing about our insides. */
  readonly text: string
}

export function reply(replyCode: number, enhancedCode: string, text: string): Reply {
  return Object.freeze({ replyCode, enhancedCode, text })
}

/** Whether the sender's server will try again by itself (RFC 5321 4.2.1: 4yz). */
export function isTemporary({ replyCode }: Reply): boolean {
  return replyCode >= 400 && replyCode < 500
}

export function isAcceptance({ replyCode }: Reply): boolean {
  return replyCode >= 200 && replyCode < 300
}
