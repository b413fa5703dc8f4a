/** Enrolment by file over REST. */
import { Body, Controller, Headers, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { groupsOf, noteForAudit } from '../../access/index.js';
import { Answers, InScope } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { shownIds } from '../devices/shown-ids.js';
import { Bulk, type BulkResult, bulkResult } from './bulk.service.js';
import { LIST_TYPES, type ListType, readList } from './device-list.js';

const bulkQuery = z.strictObject({
  mode: z
    .enum(['all-or-none', 'row-by-row'])
    .default('all-or-none')
    .describe('all-or-none: one invalid row rejects the whole file'),
});
type BulkQuery = z.infer<typeof bulkQuery>;

const EXAMPLE: BulkResult = {
  created: 1,
  failed: 1,
  rows: [
    { line: 2, id: 'pi-1', secret: 'k2Jw…' },
    { line: 3, fault: { code: 'DEVICE_EXISTS', detail: "id: there is a device 'pi-2' already" } },
  ],
};
const CSV = 'id,name,group,tags,model,deadlineMs\npi-1,Kitchen,indoors,camera;ground-floor,,\n';
const text = (example: string) => ({ schema: { type: 'string', example } }) as const;

@ApiTags('devices')
@Controller('api/v1/devices')
export class BulkController {
  constructor(@Inject(Bulk) private readonly bulk: Bulk) {}

  @Post('bulk')
  @HttpCode(200)
  @InScope('handler')
  @ApiOperation({
    summary: 'Enrol the devices of a file; their secrets are shown only once',
    description:
      'CSV with a head of columns (id, name, group, tags, model, deadlineMs; tags with ; between them), or NDJSON with a ' +
      'device a line as POST /api/v1/devices takes it. Up to 10,000 devices. all-or-none: an invalid row rejects the file, and ' +
      'the error names the lines; row-by-row: valid rows are enrolled, and invalid ones get an error each.',
    requestBody: {
      required: true,
      content: { 'text/csv': text(CSV), 'application/x-ndjson': text('{"id": "pi-1"}\n') },
    },
  })
  @Answers(bulkResult, EXAMPLE)
  async enrol(
    @Headers('content-type') contentType: string | undefined,
    @Query({ schema: bulkQuery }) { mode }: BulkQuery,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<BulkResult> {
    const type = contentType?.split(';')[0]?.trim().toLowerCase();
    if (typeof body !== 'string' || !isListType(type)) {
      throw new Fault('UPLOAD_TYPE', `send the file as ${LIST_TYPES.join(' or ')}`);
    }
    const result = await this.bulk.enrol(
      readList(type, body),
      groupsOf(request),
      mode === 'all-or-none',
    );
    const ids = result.rows.flatMap(({ id }) => id ?? []);
    const { created, failed } = result;
    noteForAudit(request, { isChange: true, after: { created, failed, ...shownIds(ids) } });
    return result;
  }
}

function isListType(type: string | undefined): type is ListType {
  return LIST_TYPES.some((known) => known === type);
}
