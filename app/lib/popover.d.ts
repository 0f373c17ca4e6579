import 'react';

declare module 'react' {
  // The platform's popover, which the types of React 18 don't know. React 18 writes unknown attributes as they are.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging asks for the same parameters
  interface HTMLAttributes<T> {
    popover?: 'auto' | 'manual';
  }
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging asks for the same parameters
  interface ButtonHTMLAttributes<T> {
    popovertarget?: string;
  }
}
