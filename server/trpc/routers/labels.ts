import {
  listLabelMovesInput,
  listLabelsInput,
  moveLabelInput,
  removeLabelInput,
} from '../../schemas/labels.ts';
import { listLabelMoves, listLabels, moveLabel, removeLabel } from '../../services/labels.ts';
import { procedure, router } from '../trpc.ts';

export const labels = router({
  list: procedure.input(listLabelsInput).query(({ ctx, input }) => listLabels(ctx, input)),
  listMoves: procedure.input(listLabelMovesInput).query(({ ctx, input }) => listLabelMoves(ctx, input)),
  move: procedure.input(moveLabelInput).mutation(({ ctx, input }) => moveLabel(ctx, input)),
  remove: procedure.input(removeLabelInput).mutation(({ ctx, input }) => removeLabel(ctx, input)),
});
