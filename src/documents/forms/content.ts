// What the two forms that make a provider send records say: the right-of-access request (45 CFR 164.524) and the authorization for
// release (45 CFR 164.508(c), 42 CFR 2.31). The pages ask for it, the requests desk keeps it sealed, the PDFs are filled with it.

export type FormKind = 'access' | 'authorization'

/** In this order on the pages and on paper; `all`, the entire designated record set (45 CFR 164.501), comes first and stands alone. */
export const RECORD_TYPES = ['all', 'visits', 'results', 'imaging', 'medications', 'immunizations', 'hospital', 'billing', 'other'] as const
export type RecordType = (typeof RECORD_TYPES)[number]

/** Released with an authorization only where the person puts her initials beside the category (state law, 42 CFR part 2). */
export const SENSITIVE = ['hiv', 'mental-health', 'substance-use', 'genetic', 'reproductive'] as const
export type Sensitive = (typeof SENSITIVE)[number]

/** As she would like them best first; 45 CFR 164.524(c)(2). */
export const FORMATS = ['pdf', 'structured', 'images'] as const
export type Format = (typeof FORMATS)[number]

export const PURPOSES = ['own-request', 'care', 'insurance', 'legal', 'other'] as const
export type Purpose = (typeof PURPOSES)[number]

/** Lines of a free text are apart by `\n`; dates are `YYYY-MM-DD`; what was not filled in is '' or null. */
export interface FormContent {
  readonly kind: FormKind
  readonly person: {
    readonly name: string
    /** Other names the records may be under. */
    readonly otherNames: string
    readonly bornOn: string | null
    readonly postalAddress: string
    readonly phone: string
    /** Medical record number, if she knows it. */
    readonly recordNumber: string
  }
  /** Who is to send: one that is registered here (`slug`), or one she wrote in. */
  readonly provider: {
    readonly slug: string | null
    readonly name: string
    readonly postalAddress: string
    readonly fax: string
  }
  /** Empty: everything there is. With `all` chosen, what else is chosen is left out. */
  readonly records: readonly RecordType[]
  /** What `other` means. */
  readonly otherRecords: string
  /** Of the visits and results asked for; null: from the first, to the last. */
  readonly from: string | null
  readonly to: string | null
  /** Best first; none: as the provider likes. */
  readonly formats: readonly Format[]
  /** She was warned that an e-mail without encryption may be read on its way, and wants it all the same. */
  readonly isUnencryptedAccepted: boolean
  /** Authorization only, from here on to `expiry`: her initials by category; left out or '': not released. */
  readonly initials: Readonly<Partial<Record<Sensitive, string>>>
  /** An authorization for psychotherapy notes names nothing else (45 CFR 164.508(b)(3)(ii)). */
  readonly isPsychotherapyNotes: boolean
  readonly purpose: Purpose
  readonly otherPurpose: string
  /** A date, or an event in words; both empty: see `EXPIRY_DAYS`. */
  readonly expiry: { readonly on: string | null; readonly event: string }
  /** Who signs for her, and by what authority; null: she signs herself. */
  readonly representative: { readonly name: string; readonly authority: string } | null
  /** Null: to be signed by hand, on paper. */
  readonly signature: Signature | null
}

/** `typed`: her name, as her signature (15 U.S.C. 7001). `drawn`: strokes on a field 1000 wide and 300 high, from its upper left corner. */
export type Signature =
  | { readonly kind: 'typed'; readonly name: string; readonly on: string }
  | { readonly kind: 'drawn'; readonly strokes: readonly (readonly (readonly [x: number, y: number])[])[]; readonly on: string }

/** An authorization that names no end ends so many days after it is signed. */
export const EXPIRY_DAYS = 365

/** What the form says of the postbox, so that the form itself takes a fax there. */
export interface FormPostbox {
  /** Her HePoEx id. */
  readonly address: string
  /** 'K7M-2QX-9DP'. */
  readonly number: string
  /** What its QR code says: the postbox number, and of a filled form the request's number. */
  readonly qrText: string
  /** Of the provider chosen; null: not registered here. */
  readonly intakeAddress: string | null
  /** A fax number at which that provider's faxes come to us; null: none is known. */
  readonly intakeFax: string | null
}

/** All that a form is made of. */
export interface FormAbout {
  readonly content: FormContent
  /** Null: a blank form of nobody. */
  readonly postbox: FormPostbox | null
  /** As people read it, 'R7K2-M9QX'; null: the form belongs to no request. */
  readonly requestNumber: string | null
  /** Of a copy of a form that was signed by hand: when it was sent, as she told us, `YYYY-MM-DD`, or '' where she told us nothing. */
  readonly signedOnPaper?: string
  readonly operatorName: string
  /** Where more is told: the origin of the site. */
  readonly site: string
}

/** A form with nothing filled in but what holds by itself. */
export function blankForm(kind: FormKind): FormContent {
  return {
    kind,
    person: { name: '', otherNames: '', bornOn: null, postalAddress: '', phone: '', recordNumber: '' },
    provider: { slug: null, name: '', postalAddress: '', fax: '' },
    records: kind === 'access' ? ['all'] : [],
    otherRecords: '',
    from: null,
    to: null,
    formats: [],
    isUnencryptedAccepted: false,
    initials: {},
    isPsychotherapyNotes: false,
    purpose: 'own-request',
    otherPurpose: '',
    expiry: { on: null, event: '' },
    representative: null,
    signature: null,
  }
}
