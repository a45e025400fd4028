export const UNIT: string
export const DOCKERFILE: string
export function unitProblems(text: string): string[]
export function dockerfileProblems(text: string): string[]
export function lintDockerfile(text: string): string[]
export function systemdProblems(text: string): string[]
