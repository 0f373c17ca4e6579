import { renderLetter } from './link-message.tsx';
import type { Message } from './mailer.ts';

/** Writes the mail by which an operator tries the transport. */
export function testMessage({ id, to, baseUrl }: { id: string; to: string; baseUrl: string }): Message {
  return renderLetter({
    ...{ id, to, subject: 'Test mail from Anvil', baseUrl },
    preview: 'Anvil can send mail.',
    paragraphs: ['Anvil can send mail. The operator of this instance sent this test.'],
    button: { label: 'Open Anvil', url: baseUrl },
    foot: 'If you didn’t expect this mail, ignore it.',
  });
}
