/** Folder the web door serves under /assets. */
export const publicFolder: string
/** Writes every static file into `folder`, made if missing. */
export function buildCss(folder?: string): Promise<void>
