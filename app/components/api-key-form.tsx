import type { SCOPES } from '#server/schemas/api-keys.ts';
import { Form } from '@remix-run/react';
import type { FormErrors } from '../lib/errors.ts';
import { useNavigation } from '../lib/use-navigation.ts';
import { FormError } from './form-error.tsx';
import { Button } from './ui/button.tsx';
import { Checkbox, CheckboxGroup } from './ui/checkbox.tsx';
import { Dialog } from './ui/dialog.tsx';
import { SelectField, TextareaField, TextField } from './ui/field.tsx';

type Scope = (typeof SCOPES)[number];

/** What each scope allows, in a sentence. */
const SCOPE_WORDS: Record<Scope, string> = {
  'read:prompts': 'Fetch and render published prompts. Applications need this.',
  'read:drafts': 'Read drafts and their history.',
  'write:prompts': 'Create and edit prompt sets, prompts and drafts. Import prompts.',
  'publish:versions': 'Publish, and move labels.',
  'manage:organisation': 'Create projects. Create and revoke keys with no more rights than this one.',
};
const DAYS = [
  { value: '', label: 'Never' },
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
];

/** A new key as it was typed. */
export interface ApiKeyDraft {
  name: string;
  scopes: string[];
  projects: string[];
  expires: string;
}

export interface ApiKeyFormProps {
  /** Slugs of the projects that it can be limited to, or the first of them. */
  projects: string[];
  /** There are more, so that they are written instead of ticked. */
  hasMoreProjects: boolean;
  /** The page without the dialog. */
  closeTo: string;
  values?: ApiKeyDraft;
  errors?: FormErrors;
}

const FORM_ID = 'new-key';
const ALL_PROJECTS = 'the key can reach all projects, including future ones.';
const START: ApiKeyDraft = { name: '', scopes: ['read:prompts'], projects: [], expires: '' };

/** The dialog that makes a key: what it may, where, and until when. */
export function ApiKeyForm({ projects, hasMoreProjects, closeTo, values = START, errors }: ApiKeyFormProps) {
  const busy = useNavigation().formData?.get('intent') === 'create';
  const at = (field: string) => errors?.fields[field];
  return (
    <Dialog
      title="New API key"
      closeTo={closeTo}
      actions={
        <Button form={FORM_ID} name="intent" value="create" variant="primary" busy={busy}>
          Create key
        </Button>
      }
    >
      <Form id={FORM_ID} method="post" action={closeTo} replace className="grid gap-5">
        <FormError errors={errors} knownFields={['name', 'scopes', 'projects', 'expires_in_days']} />
        <TextField
          label="Name"
          name="name"
          required
          autoFocus
          maxLength={120}
          autoComplete="off"
          placeholder="checkout-api"
          defaultValue={values.name}
          error={at('name')}
          hint="Which application uses it."
        />
        <CheckboxGroup legend="Permissions" error={at('scopes')}>
          {Object.entries(SCOPE_WORDS).map(([scope, words]) => (
            <Checkbox
              key={scope}
              name="scopes"
              value={scope}
              defaultChecked={values.scopes.includes(scope)}
              label={<code>{scope}</code>}
              hint={words}
            />
          ))}
        </CheckboxGroup>
        {hasMoreProjects && (
          <TextareaField
            label="Only in these projects"
            name="projects"
            mono
            autoCapitalize="none"
            spellCheck={false}
            placeholder={projects.slice(0, 2).join('\n')}
            defaultValue={values.projects.join('\n')}
            error={at('projects')}
            hint={`Slugs, one per line. If there is none, ${ALL_PROJECTS}`}
          />
        )}
        {!hasMoreProjects && projects.length > 0 && (
          <CheckboxGroup
            legend="Only in these projects"
            error={at('projects')}
            hint={`If none is selected, ${ALL_PROJECTS}`}
          >
            {projects.map((slug) => (
              <Checkbox
                key={slug}
                name="projects"
                value={slug}
                defaultChecked={values.projects.includes(slug)}
                label={<code>{slug}</code>}
              />
            ))}
          </CheckboxGroup>
        )}
        <SelectField
          label="Expires"
          name="expires"
          defaultValue={values.expires}
          error={at('expires_in_days')}
          hint="An expired key is refused. It can’t be extended."
        >
          {DAYS.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
      </Form>
    </Dialog>
  );
}
