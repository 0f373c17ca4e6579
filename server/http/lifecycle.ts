/** Where the process stands: traffic may come only while it is ready. */
export type Phase = 'starting' | 'ready' | 'draining';

/** Shared by main.ts, which moves it on, and by what answers differently meanwhile. */
export interface Lifecycle {
  phase: Phase;
}
