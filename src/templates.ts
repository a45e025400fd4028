// Nunjucks for pages and mails alike: templates/web and templates/mail. HTML is escaped by default; .txt is plain text and is not.

import nunjucks from 'nunjucks'
import type { Texts } from './texts.js'

export interface Templates {
  /**
   * Renders `templates/<name>`, for instance `mail/notice.txt`. The context has `t` (the texts of that language) and `language`
   * besides `context`. Throws when the template is missing or asks for an unknown text.
   */
  render(name: string, language: string, context: Readonly<Record<string, unknown>>): string
  /** For pages: the escaping environment, which also finds the design system's macros. */
  readonly environment: nunjucks.Environment
}

/** @param folders where templates are looked for, first one first. */
export function createTemplates(folders: readonly string[], texts: Texts): Templates {
  const loader = () => new nunjucks.FileSystemLoader([...folders])
  const environment = new nunjucks.Environment(loader(), { autoescape: true, throwOnUndefined: false })
  const plain = new nunjucks.Environment(loader(), { autoescape: false, throwOnUndefined: true, trimBlocks: true, lstripBlocks: true })
  return {
    environment,
    render: (name, language, context) =>
      (name.endsWith('.txt') ? plain : environment).render(name, { ...context, language, t: texts.in(language) }),
  }
}
