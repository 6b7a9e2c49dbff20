/** The same control, stopped as well when a lock is lost: others may be at work from then on. */
export function whileHeld<Control extends { readonly signal?: AbortSignal | undefined }>(
  control: Control,
  lost: AbortSignal,
): Control {
  return { ...control, signal: AbortSignal.any(control.signal ? [control.signal, lost] : [lost]) };
}
