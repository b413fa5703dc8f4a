/** The key of a frame among those of all devices; device ids hold no slash. */
export type FrameKey = `${string}/${string}`;

export const frameKey = (device: string, frame: string): FrameKey => `${device}/${frame}`;
