import type { ReactNode } from 'react';
import { renderSamples, sampleText, type SampleInput } from '../lib/samples.ts';
import { CodeBlock } from './ui/code.tsx';
import { CopyButton } from './ui/copy-button.tsx';
import { PanelTabs } from './ui/tabs.tsx';

export interface UseItProps extends SampleInput {
  /** Head of the card; `null` for none (the page's own title says it). */
  title?: ReactNode;
  /** Copying is what this page is for: the button is the primary one and stands in the head; there is no foot. */
  primary?: boolean;
  /** Left end of the foot. */
  note?: ReactNode;
  /** Below the lines: which prompt they call, as a form (ChoosePrompt). */
  choose?: ReactNode;
}

/** How a program gets a prompt of a version whose draft may be another by now. */
export interface PublishedUse extends SampleInput {
  /** The version that the address names now. */
  version: string;
}

/** As `UseIt`, beside a draft: says that it is the published one that is called. */
export function UsePublished({ version, ...input }: PublishedUse) {
  return (
    <UseIt
      {...input}
      note={
        <>
          As published in <code>{version}</code>. Needs a key with <code>read:prompts</code>
        </>
      }
    />
  );
}

/** How a program gets this prompt: curl, TypeScript, Python, with the real address, to copy. */
export function UseIt({ title = 'Use it', primary, note, choose, ...input }: UseItProps) {
  const foot =
    note ??
    (input.apiKey ? null : (
      <>
        Needs a key with <code>read:prompts</code>
      </>
    ));
  return (
    <section className="relative min-w-0 rounded-8 border border-line bg-panel">
      <PanelTabs
        label="Language"
        title={title}
        panels={renderSamples(input).map((sample) => ({
          key: sample.key,
          label: sample.label,
          content: (
            <>
              <CodeBlock
                bare
                wrap
                copy={false}
                label={`${sample.label} that renders ${input.address}`}
                code={sample.parts}
              />
              {primary ? (
                // Beside the tabs: only the panel that is shown shows its button.
                <div className="absolute top-1.75 right-3.5">
                  <CopyButton text={sampleText(sample)} variant="primary" />
                </div>
              ) : (
                <div className="flex min-h-10 items-center justify-between gap-4 border-t border-line px-3.5 py-2 text-12 text-mute">
                  <span>{foot}</span>
                  <CopyButton text={sampleText(sample)} variant="quiet" />
                </div>
              )}
            </>
          ),
        }))}
      />
      {choose && <div className="border-t border-line px-3.5 py-2 empty:hidden">{choose}</div>}
    </section>
  );
}
