import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
const FIRST_REPORT_AFTER_MS = 10_000;
const LONGEST_REPORT_MS = 300_000;

export interface WaitInput<T> {
  attempt: () => Promise<T>;
  /** @returns the sentence for the log; undefined for an error that waiting doesn't cure */
  describe: (error: unknown) => string | undefined;
  /** Called for the first failure at once, then at growing intervals, and whenever the sentence changes. */
  report: (sentence: string) => void;
  /** Tests drive them. */
  now?: () => number;
  delay?: (milliseconds: number) => Promise<unknown>;
}

/** Repeats an attempt until it succeeds. @throws what `describe` doesn't know */
export async function waitForDatabase<T>(input: WaitInput<T>): Promise<T> {
  const { attempt, describe, report, now = Date.now, delay = sleep } = input;
  let delayMs = FIRST_DELAY_MS;
  let reported: string | undefined;
  let reportEveryMs = FIRST_REPORT_AFTER_MS;
  let reportAt = 0;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const sentence = describe(error);
      if (sentence === undefined) throw error;
      if (sentence !== reported) reportEveryMs = FIRST_REPORT_AFTER_MS;
      if (sentence !== reported || now() >= reportAt) {
        report(sentence);
        reported = sentence;
        reportAt = now() + reportEveryMs;
        reportEveryMs = Math.min(reportEveryMs * 2, LONGEST_REPORT_MS);
      }
    }
    await delay(delayMs);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  }
}
