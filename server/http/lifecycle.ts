/** Traffic may come only while the process is ready. */
export type Phase = 'starting' | 'ready' | 'draining';

/** Shared by main.ts, which changes it, and by the answers that depend on it. */
export interface Lifecycle {
  phase: Phase;
  /** Why the start doesn't go on, as a sentence that everybody may read. */
  waitingFor?: string | undefined;
}
