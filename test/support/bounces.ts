// What mail servers send back for a mail that could not be delivered, in the shapes of the common ones, made up for the tests; and
// a mail server's way of handing one over.

import { SmtpClient } from './smtp-client.js'

export interface BounceOf {
  /** The notice's recipient, as the report names it. */
  readonly about: string
  readonly status?: string
  readonly action?: string
  /** What is quoted of the notice: its header, or all of it. */
  readonly quoted?: string
}

const crlf = (...lines: readonly string[]) => `${lines.join('\r\n').replace(/\r?\n/g, '\r\n')}\r\n`
const NOTICE_HEADER = 'From: postbox@intake.localhost\r\nTo: pat@home.example\r\nSubject: A package has arrived in your postbox'

/** Postfix's bounce(8): text, report, then header or message. It calls itself `auto-replied`. */
export function postfixBounce({ about, status = '5.1.1', action = 'failed', quoted = NOTICE_HEADER }: BounceOf): string {
  return crlf(
    'Received: by relay.test (Postfix)',
    '\tid 4F1D2C0042; Sun, 22 Nov 2026 10:00:07 +0000 (UTC)',
    'Date: Sun, 22 Nov 2026 10:00:07 +0000 (UTC)',
    'From: MAILER-DAEMON@relay.test (Mail Delivery System)',
    'Subject: Undelivered Mail Returned to Sender',
    'To: postbox@intake.localhost',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    '\tboundary="4F1D2C0041.1795341607/relay.test"',
    'Content-Transfer-Encoding: 8bit',
    'Message-Id: <20261122100007.4F1D2C0042@relay.test>',
    '',
    'This is a MIME-encapsulated message.',
    '',
    '--4F1D2C0041.1795341607/relay.test',
    'Content-Description: Notification',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    'This is the mail system at host relay.test.',
    '',
    `<${about}>: host mx.home.example[192.0.2.9] said: 550 ${status} No such user`,
    '    here (in reply to RCPT TO command)',
    '',
    '--4F1D2C0041.1795341607/relay.test',
    'Content-Description: Delivery report',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; relay.test',
    'X-Postfix-Queue-ID: 4F1D2C0041',
    'X-Postfix-Sender: rfc822; postbox@intake.localhost',
    'Arrival-Date: Sun, 22 Nov 2026 10:00:05 +0000 (UTC)',
    '',
    `Final-Recipient: rfc822; ${about}`,
    'Original-Recipient: rfc822;pat@home.example',
    `Action: ${action}`,
    `Status: ${status}`,
    'Remote-MTA: dns; mx.home.example',
    `Diagnostic-Code: smtp; 550 ${status} No such user`,
    '    here',
    '',
    '--4F1D2C0041.1795341607/relay.test',
    'Content-Description: Undelivered Message Headers',
    `Content-Type: ${quoted.includes('\r\n\r\n') ? 'message/rfc822' : 'text/rfc822-headers'}`,
    'Content-Transfer-Encoding: 8bit',
    '',
    quoted,
    '',
    '--4F1D2C0041.1795341607/relay.test--',
  )
}

/** Exchange Online: the text as plain text and HTML, fields in its own order, the message whole. */
export function exchangeBounce({ about, status = '5.1.10', action = 'failed', quoted = NOTICE_HEADER }: BounceOf): string {
  return crlf(
    'From: "Microsoft Outlook" <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@home.example>',
    'To: <postbox@intake.localhost>',
    'Date: Sun, 22 Nov 2026 10:00:09 +0000',
    'Content-Type: multipart/report; report-type=delivery-status;',
    '\tboundary="00c1a3f2-5b1e-4c1f-9a37-0d8f5f5a7c11"',
    'X-MS-Exchange-Message-Is-Ndr:',
    'Content-Language: en-US',
    'Message-ID: <00c1a3f2-5b1e-4c1f-9a37-0d8f5f5a7c11@AM0PR01MB0001.eurprd01.prod.exchangelabs.example>',
    'In-Reply-To: <1@intake.localhost>',
    'Subject: Undeliverable: A package has arrived in your postbox',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    '',
    '--00c1a3f2-5b1e-4c1f-9a37-0d8f5f5a7c11',
    'Content-Type: multipart/alternative; differences=Content-Type;',
    '\tboundary="7a6d0d8e-1c63-4b09-8a20-55f0c9e2a1b4"',
    '',
    '--7a6d0d8e-1c63-4b09-8a20-55f0c9e2a1b4',
    'Content-Type: text/plain; charset="us-ascii"',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    `Delivery has failed to these recipients or groups:=0D=0A=0D=0A${about}`,
    '',
    '--7a6d0d8e-1c63-4b09-8a20-55f0c9e2a1b4',
    'Content-Type: text/html; charset="us-ascii"',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    `<html><body><p>Your message to <b>${about}</b> couldn't be delivered.</p></body></html>`,
    '',
    '--7a6d0d8e-1c63-4b09-8a20-55f0c9e2a1b4--',
    '',
    '--00c1a3f2-5b1e-4c1f-9a37-0d8f5f5a7c11',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns;AM0PR01MB0001.eurprd01.prod.exchangelabs.example',
    'Received-From-MTA: dns;relay.test',
    'Arrival-Date: Sun, 22 Nov 2026 10:00:08 +0000',
    '',
    `Final-Recipient: rfc822;${about}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp;550 ${status} RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup`,
    '',
    '',
    '--00c1a3f2-5b1e-4c1f-9a37-0d8f5f5a7c11',
    'Content-Type: message/rfc822',
    '',
    quoted,
    '',
    '--00c1a3f2-5b1e-4c1f-9a37-0d8f5f5a7c11--',
  )
}

/** Gmail: text, HTML and a picture, the diagnosis over several lines, the address in X-Failed-Recipients too. */
export function gmailBounce({ about, status = '5.1.1', action = 'failed', quoted = NOTICE_HEADER }: BounceOf): string {
  return crlf(
    'MIME-Version: 1.0',
    `X-Failed-Recipients: ${about}`,
    'Auto-Submitted: auto-replied',
    'From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>',
    'To: postbox@intake.localhost',
    'Subject: Delivery Status Notification (Failure)',
    'References: <1@intake.localhost>',
    'In-Reply-To: <1@intake.localhost>',
    'Message-ID: <6921a0f7.050a0220.1c2f3a.0001.GMR@mx.googlemail.example>',
    'Date: Sun, 22 Nov 2026 02:00:10 -0800 (PST)',
    'Content-Type: multipart/report; boundary="00000000000012ab3405f1c0ffee"; report-type=delivery-status',
    '',
    '--00000000000012ab3405f1c0ffee',
    'Content-Type: multipart/related; boundary="00000000000012ab3605f1c0fff0"',
    '',
    '--00000000000012ab3605f1c0fff0',
    'Content-Type: multipart/alternative; boundary="00000000000012ab3805f1c0fff2"',
    '',
    '--00000000000012ab3805f1c0fff2',
    'Content-Type: text/plain; charset="UTF-8"',
    '',
    '** Address not found **',
    '',
    `Your message wasn't delivered to ${about} because the address couldn't be found.`,
    '',
    '--00000000000012ab3805f1c0fff2',
    'Content-Type: text/html; charset="UTF-8"',
    '',
    '<html><body><h1>Address not found</h1><img src="cid:icon.png"></body></html>',
    '',
    '--00000000000012ab3805f1c0fff2--',
    '--00000000000012ab3605f1c0fff0',
    'Content-Type: image/png; name="icon.png"',
    'Content-Disposition: attachment; filename="icon.png"',
    'Content-Transfer-Encoding: base64',
    'Content-ID: <icon.png>',
    '',
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    '',
    '--00000000000012ab3605f1c0fff0--',
    '--00000000000012ab3405f1c0ffee',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; googlemail.example',
    'Arrival-Date: Sun, 22 Nov 2026 02:00:09 -0800 (PST)',
    'X-Original-Message-ID: <1@intake.localhost>',
    '',
    `Final-Recipient: rfc822; ${about}`,
    `Action: ${action}`,
    `Status: ${status}`,
    'Remote-MTA: dns; gmail-smtp-in.l.google.example. (192.0.2.26, the server for the domain.)',
    `Diagnostic-Code: smtp; 550-${status} The email account that you tried to reach does not exist.`,
    ` 550 ${status} Please try double-checking the address`,
    'Last-Attempt-Date: Sun, 22 Nov 2026 02:00:10 -0800 (PST)',
    '',
    '--00000000000012ab3405f1c0ffee',
    'Content-Type: message/rfc822',
    '',
    quoted,
    '',
    '--00000000000012ab3405f1c0ffee--',
  )
}

/** qmail-send(8), QSBMF: plain text, no MIME at all. `reason` is what stands below the address. */
export function qmailBounce({ about, quoted = NOTICE_HEADER }: BounceOf, ...reason: readonly string[]): string {
  return crlf(
    'Date: 22 Nov 2026 10:00:11 -0000',
    'From: MAILER-DAEMON@mx.home.example',
    'To: postbox@intake.localhost',
    'Subject: failure notice',
    '',
    'Hi. This is the qmail-send program at mx.home.example.',
    "I'm afraid I wasn't able to deliver your message to the following addresses.",
    "This is a permanent error; I've given up. Sorry it didn't work out.",
    '',
    `<${about}>:`,
    ...(reason.length > 0 ? reason : ['Sorry, no mailbox here by that name. (#5.1.1)']),
    '',
    '--- Below this line is a copy of the message.',
    '',
    'Return-Path: <postbox@intake.localhost>',
    quoted,
  )
}

/** An out-of-office reply. */
export function vacationReply(...marks: readonly string[]): string {
  return crlf(
    'From: pat@home.example',
    'To: postbox@intake.localhost',
    'Subject: Out of office: A package has arrived in your postbox',
    ...(marks.length > 0 ? marks : ['Auto-Submitted: auto-replied (vacation)']),
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'I am away until Monday. <pat@home.example> is read again then.',
  )
}

/** Hands a bounce to a mail door as the relay would: from `<>`, here without TLS. Gives the reply that ended it. */
export async function handBounce(port: number, to: string, bounce: string): Promise<string> {
  const client = SmtpClient.connect(port)
  const say = async (line: string) => (await client.command(line)).lines.at(-1) ?? ''
  try {
    await client.reply()
    await say('EHLO relay.test')
    for (const command of ['MAIL FROM:<>', `RCPT TO:<${to}>`, 'DATA']) {
      const reply = await say(command)
      if (reply > '4') return reply
    }
    return await say(`${bounce.replace(/^\./gm, '..')}.`)
  } finally {
    client.destroy()
  }
}
