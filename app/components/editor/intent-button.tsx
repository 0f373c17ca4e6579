import { Button, IconButton, type ButtonProps, type IconButtonProps } from '../ui/button.tsx';

/** What a button does with the form, said by its value (content-form/edits.ts), however wrong the form is by now. */
interface WithIntent {
  intent: string;
}

/** A small button of the editor. */
export function IntentButton({ intent, ...rest }: ButtonProps & WithIntent) {
  return <Button {...rest} formNoValidate size="small" name="intent" value={intent} />;
}

/** The same with an icon alone. */
export function IntentIconButton({ intent, ...rest }: IconButtonProps & WithIntent) {
  return <IconButton {...rest} type="submit" formNoValidate size="small" name="intent" value={intent} />;
}
