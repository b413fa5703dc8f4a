/** REST interface of models. */
import {
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
import { ApiHeader, ApiNoContentResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  Answers,
  Config,
  DiskWatch,
  InScope,
  newestCursor,
  newestPlaceOf,
  type ResponseOf,
} from '../../platform/index.js';
import { ModelsService, type Requested } from '../models.service.js';
import { readChange } from '../uploads/change-request.js';
import type { UploadPlace } from '../uploads/upload.js';
import { readUpload } from '../uploads/upload-request.js';
import {
  changeBody,
  type ModelPath,
  modelPath,
  modelsQuery,
  type UploadQuery,
  uploadBody,
  uploadQuery,
} from './model-requests.js';
import {
  type ModelSummary,
  type ModelView,
  modelFields,
  modelPage,
  modelSummary,
  modelView,
  modelViewSchema,
} from './model-view.js';

const modelList = modelsQuery.extend({ fields: modelFields.query });
type ModelListQuery = z.infer<typeof modelList>;

const LOCATION = { Location: { description: 'The model', schema: { type: 'string' } } } as const;
const LATER = {
  ...LOCATION,
  'Preference-Applied': { description: 'respond-async', schema: { type: 'string' } },
} as const;
const PREFER = { name: 'Prefer', required: false, description: 'respond-async' };
const MODEL_PARAMETER = {
  name: 'id',
  description: 'Id, digest, name (its newest ready version) or name@version',
  example: 'mobilenetv2@3',
};
const SUMMARY: ModelSummary = {
  id: '3f9c2a41d07b',
  name: 'mobilenetv2',
  version: 1,
  digest: '5e'.repeat(32),
  state: 'ready',
  fileDigest: '9b1c0f3a5d7e2468'.repeat(4),
  fileBytes: 14_156_558,
  createdAt: '2026-01-31T12:00:00.000Z',
  readyAt: '2026-01-31T12:00:04.100Z',
  fault: null,
  progress: null,
  lastUpdate: null,
};
const MANIFEST: ModelView['manifest'] = {
  ...{ inputs: [], outputs: [] },
  ...{ policy: 'exact', leaves: 'anything' },
};
const CHECKING: ModelView = {
  ...{ ...SUMMARY, manifest: MANIFEST, document: null, findings: null },
  ...{ state: 'checking', version: null, digest: null, readyAt: null },
  progress: { step: 'blocks', share: 0.4, text: 'block 2 of 5' },
};
const UPDATED_AT = '2026-01-31T12:05:00.000Z';
const UPDATING = { state: 'running', startedAt: UPDATED_AT, endedAt: null, fault: null } as const;
const READY: ModelView = {
  ...{ ...SUMMARY, manifest: MANIFEST },
  document: {
    ...{ id: '3f9c2a41d07b', name: 'mobilenetv2', version: 1, digest: '5e'.repeat(32) },
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
    @Inject(DiskWatch) private readonly disk: DiskWatch,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Upload an ONNX model, to be checked, measured and divided into blocks',
    description:
      'Returns 201 when the examination is done. With `Prefer: respond-async` returns 202 at once; poll the state at ' +
      'the Location. Returns 200 when the same file with the same name and manifest exists: calibration inputs that come ' +
      'with it are measured, as an update of that model.',
    requestBody: uploadBody,
  })
  @ApiHeader(PREFER)
  @Answers(modelViewSchema, READY, { status: 201, headers: LOCATION })
  @Answers(modelViewSchema, READY, { description: 'The model exists already', headers: LOCATION })
  @Answers(modelViewSchema, CHECKING, {
    ...{ status: 202, description: 'With Prefer: respond-async', headers: LATER },
  })
  async upload(
    @Req() request: FastifyRequest,
    @Query({ schema: uploadQuery }) given: UploadQuery,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ModelView> {
    const requested = await this.models.register(await readUpload(request, this.place, given));
    reply.header('location', `/api/v1/models/${requested.model.id}`);
    return this.answer(requested, prefer, reply);
  }

  @Get()
  @InScope('nowhere')
  @ApiOperation({
    summary: 'List models, newest first; `next` is the cursor of the following page',
  })
  @Answers(modelPage, { models: [SUMMARY], next: null })
  async list(
    @Query({ schema: modelList }) { name, state, limit, cursor, fields }: ModelListQuery,
  ): Promise<ResponseOf<typeof modelPage>> {
    const after = cursor === undefined ? undefined : newestPlaceOf(cursor);
    const rows = await this.models.page({ name, state, limit, after });
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      models: modelFields.pick(
        rows.map((row) => modelSummary(row, this.models.progressOf(row.id))),
        fields,
      ),
      next: last === undefined ? null : newestCursor(last),
    };
  }

  @Get(':id')
  @InScope('nowhere')
  @ApiOperation({
    summary: 'Get a model with progress, blocks, tensors and times',
  })
  @ApiParam(MODEL_PARAMETER)
  @Answers(modelViewSchema, READY)
  async get(@Param({ schema: modelPath }) path: ModelPath): Promise<ModelView> {
    const { id } = await this.models.resolve(path.id);
    return modelView(await this.models.get(id), this.models.progressOf(id));
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Change what a model’s blocks do not depend on; devices that run it follow',
    description:
      'An absent field keeps its value. `policy`: exact (lossless), half (also float16), int8 (also float16 and 8 bits), or ' +
      '{maxRelativeError, minTop1Agreement}: per tensor, any encoding that findings.accuracy shows to be within these bounds. ' +
      '`leaves`: anything, features (no input of the network and no tensor that still shows one), or nothing (no tensor at all). ' +
      'Tensors that `leaves` withholds are rejected from now on. `inputs` and `outputs` replace those of the manifest. ' +
      'Send multipart/form-data to add calibration inputs. ' +
      'A change of what accuracy depends on measures it again: the answer waits, or is 202 with `Prefer: respond-async`. ' +
      '`lastUpdate` shows how that ended.',
    requestBody: changeBody,
  })
  @ApiParam(MODEL_PARAMETER)
  @ApiHeader(PREFER)
  @Answers(modelViewSchema, READY)
  @Answers(
    modelViewSchema,
    { ...READY, lastUpdate: UPDATING },
    { ...{ status: 202, description: 'With Prefer: respond-async', headers: LATER } },
  )
  async change(
    @Param({ schema: modelPath }) path: ModelPath,
    @Req() request: FastifyRequest,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ModelView> {
    const { id } = await this.models.resolve(path.id);
    const requested = await this.models.change(id, await readChange(request, this.place));
    return this.answer(requested, prefer, reply);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a model that no device is assigned, with the blocks of no other model',
  })
  @ApiParam(MODEL_PARAMETER)
  @ApiNoContentResponse()
  async remove(@Param({ schema: modelPath }) path: ModelPath): Promise<void> {
    await this.models.remove((await this.models.resolve(path.id)).id);
  }

  private get place(): UploadPlace {
    return {
      folder: this.models.incoming,
      limitBytes: this.config.uploadLimitBytes,
      expectRoom: (bytes) => this.disk.expectRoom(bytes),
    };
  }

  /** Waits for what is left to do, unless the client prefers not to (RFC 7240, section 4.1). */
  private async answer(
    { model, isNew, done }: Requested,
    prefer: string | undefined,
    reply: FastifyReply,
  ): Promise<ModelView> {
    if (done !== undefined && /\brespond-async\b/i.test(prefer ?? '')) {
      reply.status(202);
      reply.header('location', `/api/v1/models/${model.id}`);
      reply.header('preference-applied', 'respond-async');
      return modelView(model, this.models.progressOf(model.id));
    }
    const now = (await done) ?? model;
    reply.status(isNew ? 201 : 200);
    return modelView(now, this.models.progressOf(model.id));
  }
}
