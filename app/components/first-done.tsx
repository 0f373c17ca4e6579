import type { FirstPromptView } from '#server/schemas/first-prompt.ts';
import { Check, KeyRound, Package, Pencil } from 'lucide-react';
import { useEffect } from 'react';
import { firstPromptDraft, forgetDraft } from '../lib/draft-keeper.ts';
import { highlightJson } from '../lib/highlight.ts';
import { layOutJson } from '../lib/lay-out-json.ts';
import { PageHead, SectionHead } from './page-head.tsx';
import { Banner } from './ui/banner.tsx';
import { LinkButton } from './ui/button.tsx';
import { CodeBlock } from './ui/code.tsx';
import { TextLink } from './ui/link.tsx';
import { VersionTag } from './ui/tag.tsx';
import { UseIt } from './use-it.tsx';

export interface FirstDoneProps {
  made: FirstPromptView;
  baseUrl: string;
  /** `/o/acme` */
  base: string;
}

/** What follows the first page: a line that works. The answer of a form, never kept: it holds the key. */
export function FirstDone({ made, baseUrl, base }: FirstDoneProps) {
  const { address, version, token, values, answer, problem } = made;
  useEffect(() => forgetDraft(localStorage, firstPromptDraft(base)), [base]);
  return (
    <div className="max-w-211">
      <PageHead
        icon={Check}
        title="It’s live"
        tags={<VersionTag version={version} />}
        note={
          <>
            <code>{address}</code> {version} will never change.{' '}
            {token
              ? 'Copy this line into a terminal: it works now.'
              : 'This line fetches it, with a key of yours.'}
          </>
        }
      />
      <div className="grid gap-3">
        <UseIt
          title={null}
          primary
          baseUrl={baseUrl}
          address={`${address}@^${version.split('.').slice(0, 2).join('.')}`}
          values={values}
          apiKey={token ?? undefined}
        />
        {token ? (
          <Banner
            icon={KeyRound}
            action={
              <TextLink tone="mute" to={`${base}/-/api-keys`}>
                Manage keys
              </TextLink>
            }
          >
            The key is shown only here. It can read published prompts, nothing else.
          </Banner>
        ) : (
          <Banner icon={KeyRound} tone="minor">
            API keys are switched off on this instance, so none was created.
          </Banner>
        )}
      </div>
      <SectionHead title="Response" />
      {answer === null ? (
        <Banner tone="minor">
          These values are only samples, and this prompt can’t be rendered with them: {problem} Put values of
          your own into the line.
        </Banner>
      ) : (
        <CodeBlock wrap copy={false} label="Response" code={highlightJson(layOutJson(answer))} />
      )}
      <div className="mt-5 flex flex-wrap gap-2">
        <LinkButton to={`${base}/${address}`} icon={Pencil}>
          Edit the prompt
        </LinkButton>
        <LinkButton to={`${base}/-/projects/new`} icon={Package}>
          New project
        </LinkButton>
      </div>
    </div>
  );
}
