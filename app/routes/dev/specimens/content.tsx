import { useLoaderData } from '@remix-run/react';
import { ChevronDown, GitPullRequest, KeyRound, Package, PenLine, Plus } from 'lucide-react';
import { UseIt } from '../../../components/use-it.tsx';
import { Avatar } from '../../../components/ui/avatar.tsx';
import { Banner } from '../../../components/ui/banner.tsx';
import { Button, buttonClasses } from '../../../components/ui/button.tsx';
import { Card, CardRow, CardRows } from '../../../components/ui/card.tsx';
import { CodeBlock } from '../../../components/ui/code.tsx';
import { EmptyState } from '../../../components/ui/empty-state.tsx';
import { TextLink } from '../../../components/ui/link.tsx';
import { Menu, MenuItems } from '../../../components/ui/menu.tsx';
import { Progress } from '../../../components/ui/progress.tsx';
import { Secret } from '../../../components/ui/secret.tsx';
import { Skeleton } from '../../../components/ui/skeleton.tsx';
import { LabelTag, LevelTag, Tag, VersionNumber, VersionTag } from '../../../components/ui/tag.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { highlightJson } from '../../../lib/highlight.ts';

const ANSWER =
  '{ "text": "You answer customers of Acme. Be brief, warm and exact.\\n\\nQuestion: Where is my parcel?",\n  "version": "1.0.0", "warnings": [] }';

function Tags() {
  return (
    <div className="flex flex-wrap items-center gap-2.5">
      <LevelTag level="major" />
      <LevelTag level="minor" />
      <LevelTag level="patch" />
      <LevelTag level="minor">minor or higher</LevelTag>
      <LabelTag name="production" />
      <LabelTag name="staging" to="/dev/ui" />
      <VersionTag version="2.3.1" />
      <VersionTag version="2.4.0" tone="minor" />
      <Tag>draft</Tag>
      <Tag icon={GitPullRequest}>review</Tag>
      <Tag mono>read:prompts</Tag>
      <Tag tone="major">yanked</Tag>
      <VersionNumber version="2.1.0" />
      <VersionNumber version="2.1.1" yanked />
      <Avatar name="Mara Kern" />
      <Avatar name="Jonas" />
    </div>
  );
}

function Cards() {
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <Card
        flush
        title="Labels"
        level={3}
        aside={
          <TextLink tone="mute" to="/dev/ui">
            History
          </TextLink>
        }
        foot={
          <Button size="small" icon={Plus}>
            New label
          </Button>
        }
      >
        <CardRows>
          <CardRow aside={<VersionNumber version="2.3.1" />}>
            <LabelTag name="latest" />
            <p className="text-12 text-mute">moved automatically</p>
          </CardRow>
          <CardRow to="/dev/ui" aside={<VersionNumber version="2.3.1" />}>
            <LabelTag name="staging" />
            <p className="text-12 text-mute">Ines · 4 h</p>
          </CardRow>
          <CardRow chosen aside={<VersionNumber version="2.2.0" />}>
            <LabelTag name="production" />
            <p className="text-12 text-mute">Mara · 6 d</p>
          </CardRow>
        </CardRows>
      </Card>
      <div className="grid content-start gap-4">
        <Card title="Plain" level={3}>
          Whatever belongs together.
        </Card>
        <Card edge="major">Deleting can’t be undone.</Card>
        <Card flush title="Rows" level={3}>
          <CardRows plain>
            <CardRow dense aside={<code>^2.3</code>}>
              <code>web-backend</code>
            </CardRow>
            <CardRow dense aside={<code>2.1.4 pinned</code>}>
              <code>night-batch</code>
            </CardRow>
          </CardRows>
        </Card>
      </div>
    </div>
  );
}

function Banners() {
  return (
    <>
      <Banner
        icon={PenLine}
        action={
          <TextLink tone="mute" to="/dev/ui">
            Compare
          </TextLink>
        }
      >
        Draft has <strong>3 changes</strong> since 2.3.1. The next version is{' '}
        <VersionTag version="2.4.0" tone="minor" /> because <code>refund</code> gained an optional parameter.
      </Banner>
      <Banner icon={KeyRound}>
        The key is shown only here. It can read published prompts, nothing else.
      </Banner>
      <Banner tone="minor">
        Rolling back to <code>2.1.0</code>: callers send <code>sla</code>, which 2.1.0 does not know. They get
        a warning, no error.
      </Banner>
      <Banner tone="major">The database can’t be reached right now. Try again in a moment.</Banner>
      <Banner tone="patch">2.4.0 is published.</Banner>
      <Banner tone="info">Nothing has changed since 2.3.1.</Banner>
      <Secret title="checkout-api created" value="ank_example_not_a_key_only_here_to_be_looked_at_0000" />
    </>
  );
}

function States() {
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <Card flush>
        <EmptyState
          icon={Package}
          action={<Button icon={Plus}>New project</Button>}
          example={<code>support/emails/welcome@^1.0</code>}
        >
          A project holds the prompt sets of one application or team.
        </EmptyState>
      </Card>
      <Card>
        <Skeleton lines={3} />
        <div className="mt-4 grid gap-4">
          <Progress label="Importing prompts" value={312} max={1517} aside="312 of 1,517" />
          <Progress label="Looking for changes" />
        </div>
      </Card>
    </div>
  );
}

function Codes() {
  return (
    <>
      <UseIt
        baseUrl="https://anvil.acme.example"
        address="support/emails/refund@^2.3"
        values={{ order: { number: 'A-20931' }, reason: "it's broken" }}
      />
      <CodeBlock
        label="Response"
        wrap
        code={[{ text: '200 · 4 ms\n', tone: 'faint' }, ...highlightJson(ANSWER)]}
      />
      <CodeBlock
        label="A long line"
        code={
          'npm ci && npm start   # a line that is longer than its box scrolls sideways, by keys as well, and never widens the page around it'
        }
      />
    </>
  );
}

function Small() {
  const { now } = useLoaderData<{ now: string }>();
  const at = (seconds: number): string => new Date(Date.parse(now) + seconds * 1_000).toISOString();
  return (
    <div className="flex flex-wrap items-center gap-4">
      <Menu trigger="Move to" triggerClassName={buttonClasses({ size: 'small' })} align="start">
        <MenuItems>
          <button type="button">2.3.1</button>
          <button type="button">2.2.0</button>
        </MenuItems>
        <MenuItems>
          <button type="button">Take it off</button>
        </MenuItems>
      </Menu>
      <span className={buttonClasses({ size: 'small' })}>
        As it looks <ChevronDown size={16} strokeWidth={1.75} aria-hidden="true" />
      </span>
      <span className="text-mute">
        <Time value={at(-12)} /> · <Time value={at(-4 * 3_600)} short /> ·{' '}
        <Time value={at(-6 * 86_400)} short /> · <Time value={at(-21 * 86_400)} /> ·{' '}
        <Time value={at(61 * 86_400)} dateOnly /> · <Time value={at(-700 * 86_400)} />
      </span>
    </div>
  );
}

export const contentSpecimens = [
  { title: 'Tag, version, avatar', show: () => <Tags /> },
  { title: 'Card', show: () => <Cards /> },
  { title: 'Banner and secret', show: () => <Banners /> },
  { title: 'Empty, loading, progress', show: () => <States /> },
  { title: 'Code', show: () => <Codes /> },
  { title: 'Menu and time', show: () => <Small /> },
];
