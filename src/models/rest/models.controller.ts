/** Models over REST. */
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Answers, Config, InScope } from '../../platform/index.js';
import { ModelsService } from '../models.service.js';
import { readUpload } from '../uploads/upload-request.js';
import {
  cursorOf,
  type ModelChange,
  type ModelId,
  type ModelsQuery,
  modelChange,
  modelId,
  modelsQuery,
  placeOf,
  type UploadQuery,
  uploadBody,
  uploadQuery,
} from './model-requests.js';
import {
  type ModelSummary,
  type ModelView,
  modelPage,
  modelView,
  summaryOf,
  viewOf,
} from './model-view.js';

const LOCATION = { Location: { description: 'The model', schema: { type: 'string' } } } as const;
const SUMMARY: ModelSummary = {
  id: '3f9c2a41d07b',
  name: 'mobilenetv2',
  version: 1,
  state: 'ready',
  fileDigest: '9b1c0f3a5d7e2468'.repeat(4),
  fileBytes: 14_156_558,
  createdAt: '2026-01-31T12:00:00.000Z',
  readyAt: '2026-01-31T12:00:04.100Z',
  fault: null,
  progress: null,
};
const MANIFEST: ModelView['manifest'] = { inputs: [], outputs: [], policy: 'exact' };
const CHECKING: ModelView = {
  ...{ ...SUMMARY, manifest: MANIFEST, document: null, findings: null },
  ...{ state: 'checking', readyAt: null },
  progress: { step: 'blocks', share: 0.4, text: 'block 2 of 5' },
};
const READY: ModelView = {
  ...{ ...SUMMARY, manifest: MANIFEST },
  document: {
    ...{ id: SUMMARY.id, name: SUMMARY.name, version: 1, digest: '5e'.repeat(32) },
    inputs: [{ name: 'image' }],
    outputs: [{ name: 'class', kind: 'classes' }],
    tensors: [{ name: 'image', dtype: 'float32', dims: [1, 3, 224, 224], bytes: 602_112 }],
    blocks: [
      {
        ...{ digest: '7f'.repeat(32), name: 'stem', bytes: 14_100_000 },
        ...{ inputs: ['image'], outputs: ['class'] },
      },
    ],
  },
  findings: {
    cloud: [{ digest: '7f'.repeat(32), medianMs: 11.2, spreadMs: 0.4, runs: 20 }],
    units: [{ name: 'conv1', op: 'Conv', medianMs: 1.1, outputBytes: 1_605_632 }],
    ...{ edges: 62, maxAbsDiff: 0, threads: 1 },
  },
};

@ApiTags('models')
@Controller('api/v1/models')
export class ModelsController {
  constructor(
    @Inject(ModelsService) private readonly models: ModelsService,
    @Inject(Config) private readonly config: Config,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Takes an ONNX file in: checked, measured and cut into blocks',
    description:
      'Answers when that is done, 201; with `Prefer: respond-async` at once, 202, and the state is to be polled at ' +
      'the Location. The same file under the same name and manifest is there already: 200.',
    requestBody: uploadBody,
  })
  @ApiHeader({ name: 'Prefer', required: false, description: 'respond-async' })
  @Answers(modelView, READY, { status: 201, headers: LOCATION })
  @Answers(modelView, READY, { description: 'It was there already', headers: LOCATION })
  @Answers(modelView, CHECKING, {
    ...{ status: 202, description: 'With Prefer: respond-async', headers: LOCATION },
  })
  async upload(
    @Req() request: FastifyRequest,
    @Query({ schema: uploadQuery }) { name }: UploadQuery,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ModelView> {
    const place = { folder: this.models.incoming, limitBytes: this.config.uploadLimitBytes };
    const { model, isNew } = await this.models.register(await readUpload(request, place, name));
    reply.header('location', `/api/v1/models/${model.id}`);
    const isAsync = /\brespond-async\b/i.test(prefer ?? '');
    if (isAsync && model.state === 'checking') {
      reply.status(202);
      return viewOf(model, this.models.progressOf(model.id));
    }
    const ready = await this.models.whenReady(model.id);
    reply.status(isNew ? 201 : 200);
    return viewOf(ready, undefined);
  }

  @Get()
  @InScope('nowhere')
  @ApiOperation({ summary: 'Models, newest first; `next` is the cursor of the following page' })
  @Answers(modelPage, { models: [SUMMARY], next: null })
  async list(
    @Query({ schema: modelsQuery }) { name, state, limit, cursor }: ModelsQuery,
  ): Promise<{ models: ModelSummary[]; next: string | null }> {
    const after = cursor === undefined ? undefined : placeOf(cursor);
    const rows = await this.models.page({ name, state, limit, after });
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      models: rows.map((row) => summaryOf(row, this.models.progressOf(row.id))),
      next: last === undefined ? null : cursorOf(last),
    };
  }

  @Get(':id')
  @InScope('nowhere')
  @ApiOperation({
    summary: 'A model: how far its examination is, then its blocks, tensors and times',
  })
  @Answers(modelView, READY)
  async get(@Param({ schema: modelId }) { id }: ModelId): Promise<ModelView> {
    return viewOf(await this.models.get(id), this.models.progressOf(id));
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Sets how exact what travels must be; plans of devices that run the model follow',
    description:
      'exact (nothing is lost), half (also float16), int8 (also float16 and 8 bits), or ' +
      '{maxRelativeError, minTop1Agreement}: what findings.accuracy shows to be within these bounds, tensor by tensor.',
  })
  @Answers(modelView, READY)
  async change(
    @Param({ schema: modelId }) { id }: ModelId,
    @Body({ schema: modelChange }) { policy }: ModelChange,
  ): Promise<ModelView> {
    return viewOf(await this.models.setPolicy(id, policy), this.models.progressOf(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Removes a model no device is assigned, and the blocks no other one has',
  })
  @ApiNoContentResponse()
  async remove(@Param({ schema: modelId }) { id }: ModelId): Promise<void> {
    await this.models.remove(id);
  }
}
