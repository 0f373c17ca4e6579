import { Form } from '@remix-run/react';
import { History } from 'lucide-react';
import type { PromptView } from '#server/schemas/prompts.ts';
import { ContentView } from './content-view.tsx';
import { PageHead } from './page-head.tsx';
import { UsePublished, type PublishedUse } from './use-it.tsx';
import { Banner } from './ui/banner.tsx';
import { Button, LinkButton } from './ui/button.tsx';

/** A prompt of the draft to read: an archived one, or anyone's whose role doesn't edit. */
export function PromptToRead({
  prompt,
  path,
  use,
  canWrite,
}: {
  prompt: PromptView;
  path: string;
  /** How programs call it, when it is published. */
  use: PublishedUse | null;
  canWrite: boolean;
}) {
  return (
    <div className="mx-auto grid max-w-236 gap-4 px-4 pt-6 pb-16">
      <PageHead
        mono
        title={prompt.address}
        note={
          <>
            <bdi>{prompt.name}</bdi>, revision {prompt.revision}
          </>
        }
        actions={
          <LinkButton to={`${path}/-/revisions`} icon={History}>
            History
          </LinkButton>
        }
      />
      {prompt.archived && (
        <Banner
          tone="minor"
          action={
            canWrite && (
              <Form method="post" action={path}>
                <input type="hidden" name="revision" value={prompt.revision} />
                <Button name="intent" value="restore">
                  Restore
                </Button>
              </Form>
            )
          }
        >
          This prompt is archived: it won’t be in the next version. Versions that hold it keep it.
        </Banner>
      )}
      <ContentView content={prompt.content} title={prompt.slug} />
      {use && <UsePublished {...use} />}
    </div>
  );
}
