export function sampleDocuments(): Promise<Array<{ readonly name: string; readonly mediaType: string; readonly bytes: Buffer }>>
