import { ChevronDown, Mail, Plus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, IconButton, LinkButton } from '../../../components/ui/button.tsx';
import { Checkbox, CheckboxGroup } from '../../../components/ui/checkbox.tsx';
import { CopyButton } from '../../../components/ui/copy-button.tsx';
import { Select, SelectField, TextareaField, TextField } from '../../../components/ui/field.tsx';
import { TextLink } from '../../../components/ui/link.tsx';
import { RadioCards } from '../../../components/ui/radio-cards.tsx';

const VARIANTS = ['primary', 'plain', 'quiet', 'danger'] as const;

function Row({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-2.5">{children}</div>;
}

function Buttons() {
  return (
    <>
      {VARIANTS.map((variant) => (
        <Row key={variant}>
          <Button variant={variant}>{variant}</Button>
          <Button variant={variant} data-show="hover">
            hover
          </Button>
          <Button variant={variant} data-show="focus">
            focus
          </Button>
          <Button variant={variant} disabled>
            disabled
          </Button>
          <Button variant={variant} busy>
            busy
          </Button>
          <Button variant={variant} icon={variant === 'danger' ? Trash2 : Plus}>
            icon
          </Button>
        </Row>
      ))}
      <Row>
        <Button size="small">Roll back</Button>
        <Button size="small" iconAfter={ChevronDown}>
          Move to
        </Button>
        <Button size="medium">New prompt</Button>
        <Button size="large">Send me a link</Button>
        <LinkButton to="/dev/ui">A link</LinkButton>
        <IconButton icon={Plus} label="Add" />
        <IconButton icon={Plus} label="Add, focus" data-show="focus" />
        <IconButton icon={Plus} label="Add, disabled" disabled />
        <CopyButton text="support/emails" />
        <CopyButton iconOnly variant="quiet" text="support/emails" label="Copy support/emails" />
      </Row>
      <Button size="large" variant="primary" block>
        Publish 2.4.0
      </Button>
    </>
  );
}

function Links() {
  return (
    <Row>
      <TextLink to="/dev/ui">Create an account</TextLink>
      <TextLink to="/dev/ui" data-show="hover">
        hover
      </TextLink>
      <TextLink to="/dev/ui" data-show="focus">
        focus
      </TextLink>
      <TextLink to="/dev/ui" tone="mute">
        History
      </TextLink>
      <TextLink to="/dev/ui" tone="ink">
        support/emails
      </TextLink>
    </Row>
  );
}

function Fields() {
  return (
    <div className="grid max-w-105 gap-4">
      <TextField label="E-mail" type="email" placeholder="mara@acme.example" />
      <TextField label="E-mail, focus" defaultValue="mara@acme.example" data-show="focus" />
      <TextField
        label="Password"
        type="password"
        defaultValue="correct horse"
        aside={
          <TextLink tone="mute" to="/dev/ui">
            Forgot your password?
          </TextLink>
        }
      />
      <TextField
        label="Slug"
        mono
        defaultValue="Emails!"
        hint="Part of every address."
        error="Only a to z, 0 to 9, - and _."
      />
      <TextField label="Disabled" disabled defaultValue="support" />
      <TextField label="Read only" readOnly mono defaultValue="support/emails" />
      <TextareaField
        label="Changelog"
        hint="Shown to everyone who updates. Markdown."
        defaultValue="Refund answers take a tone."
      />
      <SelectField label="Role">
        <option>member</option>
        <option>viewer</option>
      </SelectField>
      <Row>
        <Select height="small" mono aria-label="From">
          <option>2.2.0</option>
          <option>2.3.1</option>
        </Select>
      </Row>
    </div>
  );
}

function Choices({ theme }: { theme: string }) {
  return (
    <div className="grid max-w-105 gap-4">
      <Row>
        <Checkbox label="Rest" />
        <Checkbox label="Checked" defaultChecked />
        <Checkbox label="Focus" data-show="focus" />
        <Checkbox label="Disabled" disabled />
        <Checkbox label="Checked, disabled" disabled defaultChecked />
      </Row>
      <CheckboxGroup legend="Allows" error="Choose at least one.">
        <Checkbox label={<code>read:prompts</code>} hint="Fetch, render and list what is published." />
        <Checkbox label={<code>read:drafts</code>} hint="Drafts and revisions as well." />
      </CheckboxGroup>
      <RadioCards
        name={`version-${theme}`}
        legend="Version"
        mono
        defaultValue="2.4.0"
        options={[
          { value: '2.4.0', title: '2.4.0', hint: 'Minor. Calls that gave no warning keep working.' },
          {
            value: '2.4.0-rc.1',
            title: '2.4.0-rc.1',
            hint: 'Pre-release. Only callers that ask for it get it.',
          },
          {
            value: '3.0.0',
            title: '3.0.0',
            hint: 'Major. Nobody gets it until they change their range.',
            disabled: true,
          },
        ]}
      />
      <RadioCards
        name={`kind-${theme}`}
        legend="Kind"
        error="Choose one."
        options={[{ value: 'text', title: 'Text', hint: 'One template.' }]}
      />
      <Button size="large" icon={Mail} block>
        Send me a link
      </Button>
    </div>
  );
}

export const controlSpecimens = [
  { title: 'Button', show: () => <Buttons /> },
  { title: 'Link', show: () => <Links /> },
  { title: 'Field', show: () => <Fields /> },
  { title: 'Checkbox and radio card', show: (theme: string) => <Choices theme={theme} /> },
];
