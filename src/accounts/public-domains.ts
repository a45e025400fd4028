// Domains where anybody may have a mailbox. Their DMARC says that the mail came from there, not from whom: as a sender only a single
// address of them will do, never the whole domain.

const DOMAINS = `
  gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.jp hotmail.com hotmail.co.uk hotmail.de
  hotmail.fr hotmail.es hotmail.it live.com live.co.uk live.de live.fr live.nl live.ca live.com.au msn.com passport.com
  yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.ca yahoo.com.au yahoo.co.in yahoo.in yahoo.co.jp yahoo.com.br
  yahoo.com.mx yahoo.com.ar yahoo.com.ph yahoo.co.id yahoo.com.sg yahoo.com.vn ymail.com rocketmail.com myyahoo.com aol.com aol.co.uk
  aol.de aim.com verizon.net att.net sbcglobal.net bellsouth.net ameritech.net pacbell.net comcast.net xfinity.com charter.net
  spectrum.net cox.net earthlink.net mindspring.com juno.com netzero.net netzero.com frontier.com windstream.net centurylink.net
  optonline.net optimum.net roadrunner.com rr.com twc.com suddenlink.net icloud.com me.com mac.com privaterelay.appleid.com
  proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.com tuta.io keemail.me fastmail.com
  fastmail.fm hushmail.com hey.com zoho.com zohomail.com zohomail.eu mail.com email.com usa.com europe.com post.com consultant.com
  gmx.com gmx.de gmx.net gmx.at gmx.ch gmx.us web.de freenet.de t-online.de arcor.de mailbox.org posteo.de posteo.net
  orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr libero.it virgilio.it alice.it tiscali.it tim.it
  btinternet.com btopenworld.com sky.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk bigpond.com optusnet.com.au
  rogers.com bell.net shaw.ca telus.net sympatico.ca videotron.ca terra.com.br uol.com.br bol.com.br ig.com.br globo.com
  mail.ru inbox.ru list.ru bk.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net seznam.cz email.cz centrum.cz wp.pl o2.pl onet.pl
  interia.pl qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com naver.com hanmail.net daum.net nate.com
  docomo.ne.jp ezweb.ne.jp softbank.ne.jp rediffmail.com inbox.com lycos.com excite.com mailinator.com guerrillamail.com yopmail.com
  10minutemail.com duck.com mozmail.com simplelogin.com anonaddy.com
`

export const PUBLIC_MAIL_DOMAINS: ReadonlySet<string> = new Set(DOMAINS.split(/\s+/).filter(Boolean))

/** Whether the domain, or one it lies below, gives mailboxes to anybody. */
export function isPublicMailDomain(domain: string): boolean {
  const labels = domain.split('.')
  return labels.some((_label, index) => PUBLIC_MAIL_DOMAINS.has(labels.slice(index).join('.')))
}
