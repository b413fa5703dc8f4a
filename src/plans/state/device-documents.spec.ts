import { describe, expect, it } from 'vitest';
import { DeviceDocuments } from './device-documents.js';

describe('the documents of a device', () => {
  it('are up to date once they were compared with what is assigned, until something may be assigned', () => {
    const documents = new DeviceDocuments();
    expect(documents.isUpToDate).toBe(false);
    documents.comparedSince(documents.doubted());
    expect(documents.isUpToDate).toBe(true);
    documents.doubted();
    expect(documents.isUpToDate).toBe(false);
  });

  it('are not up to date when another doubt came while they were compared', () => {
    const documents = new DeviceDocuments();
    const doubt = documents.doubted();
    documents.modelDeleted('m');
    documents.comparedSince(doubt);
    expect(documents.isUpToDate).toBe(false);
  });

  it('know what was assigned when they were loaded, until something may have been assigned since', () => {
    const documents = new DeviceDocuments();
    expect(documents.assignedAtLoad).toBeUndefined();
    documents.assignmentRead(null);
    expect(documents.assignedAtLoad).toBeNull();
    documents.doubted();
    expect(documents.assignedAtLoad).toBeUndefined();
  });
});
