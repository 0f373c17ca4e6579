/** What was done, as the home page says it after somebody's name: "Mara published support/emails@1.4.2". */
const WORDS: Readonly<Record<string, string>> = {
  'prompt_set.create': 'created the prompt set',
  'prompt.create': 'created the prompt',
  'prompt.save': 'edited',
  'prompt.archive': 'archived',
  'prompt.restore': 'restored',
  'prompts.import': 'imported prompts into',
  'version.publish': 'published',
  'label.move': 'moved a label of',
  'label.remove': 'removed a label from',
};

/** Words for an action of the audit log; one that this page has no words for is named as it is. */
export function wordsOfAction(action: string): string {
  return WORDS[action] ?? action.replaceAll(/[._]/g, ' ');
}

/**
 * The page of an address as the audit log notes it: of a version that one, else of the prompt or set itself.
 *
 * @param base `/o/acme`
 * @param address `support/emails@1.4.2`, `support/emails/refund`
 */
export function pageOfAddress(base: string, address: string): string {
  const [path = '', version] = address.split('@');
  return version ? `${base}/${path}/-/versions/${version}` : `${base}/${path}`;
}
