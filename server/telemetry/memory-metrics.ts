import type { Meter } from '@opentelemetry/api';
import { totalmem } from 'node:os';

/** Reports the memory of this process and how much it may use. */
export function observeMemory(meter: Meter): void {
  meter
    .createObservableGauge('process.memory.usage', {
      unit: 'By',
      description: 'Resident memory of the server',
    })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  meter
    .createObservableGauge('anvil.memory.limit', {
      unit: 'By',
      description: 'The limit of the container, or the memory of the machine',
    })
    .addCallback((result) => result.observe(memoryLimit(process.constrainedMemory(), totalmem())));
}

/** @param constrained what Node.js reads from the control group: 0, or more than the machine has, without a limit */
export function memoryLimit(constrained: number, total: number): number {
  return constrained > 0 ? Math.min(constrained, total) : total;
}
