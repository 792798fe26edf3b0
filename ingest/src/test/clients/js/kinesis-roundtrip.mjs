// usage: node kinesis-roundtrip.mjs ENDPOINT STREAM   prints OK and exits 0, or the reason and exits 1
import assert from 'node:assert/strict'
import * as K from '@aws-sdk/client-kinesis'

const [endpoint, StreamName] = process.argv.slice(2)
const client = new K.KinesisClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } })
const call = (op, input) => client.send(new K[op + 'Command'](input))
const sleep = ms => new Promise(r => setTimeout(r, ms))
const LAST_HASH = '340282366920938463463374607431768211455'
const fatal = setTimeout(() => { console.error('FAIL: timed out after 90 s in', step); process.exit(1) }, 90_000)
let step = 'start'

async function until(what, probe) {
  for (let i = 0; i < 150; i++, await sleep(200)) { const v = await probe(); if (v) return v }
  throw new Error(what + ' not reached in 30 s')
}
const text = data => Buffer.from(data).toString('utf8')

// one list of records per shard against what was put: data, shard, sequence number, ascending order
function verify(how, readByShard, put) {
  let n = 0
  for (const [shard, records] of Object.entries(readByShard)) {
    let last = -1n
    for (const r of records) {
      const want = put.get(r.PartitionKey)
      assert.ok(want, `${how}: unknown key ${r.PartitionKey}`)
      assert.equal(text(r.Data), want.data, `${how}: data of ${r.PartitionKey}`)
      assert.equal(shard, want.ShardId, `${how}: shard of ${r.PartitionKey}`)
      assert.equal(r.SequenceNumber, want.SequenceNumber, `${how}: sequence number of ${r.PartitionKey}`)
      assert.ok(BigInt(r.SequenceNumber) > last, `${how}: order in ${shard}`)
      assert.ok(Math.abs(Date.now() - r.ApproximateArrivalTimestamp) < 300_000, `${how}: arrival ${r.ApproximateArrivalTimestamp}`)
      last = BigInt(r.SequenceNumber)
      n++
    }
  }
  assert.equal(n, put.size, `${how}: number of records`)
}

async function subscribe(ConsumerARN, ShardId, wanted) {
  const records = []
  const out = await call('SubscribeToShard', { ConsumerARN, ShardId, StartingPosition: { Type: 'TRIM_HORIZON' } })
  for await (const event of out.EventStream) {
    const e = event.SubscribeToShardEvent
    assert.ok(e, 'unexpected event ' + Object.keys(event))
    assert.equal(typeof e.ContinuationSequenceNumber, 'string', 'ContinuationSequenceNumber')
    assert.equal(typeof e.MillisBehindLatest, 'number', 'MillisBehindLatest')
    records.push(...e.Records)
    if (records.length >= wanted) break          // one event is awaited on an empty shard too
  }
  return records
}

async function main() {
  step = 'CreateStream'
  await call('CreateStream', { StreamName, ShardCount: 2 })
  const summary = await until('stream ACTIVE', async () => {
    const s = (await call('DescribeStreamSummary', { StreamName })).StreamDescriptionSummary
    return s.StreamStatus === 'ACTIVE' && s
  })
  assert.equal(summary.OpenShardCount, 2)

  step = 'PutRecord'
  const put = new Map()
  const one = await call('PutRecord', { StreamName, PartitionKey: 'single', Data: Buffer.from('data-single-\u00e9') })
  put.set('single', { ...one, data: 'data-single-\u00e9' })
  step = 'PutRecords'
  const Records = Array.from({ length: 10 }, (_, i) => ({ PartitionKey: `key-${i}`, Data: Buffer.from(`data-${i}`) }))
  Records[9].ExplicitHashKey = LAST_HASH
  const many = await call('PutRecords', { StreamName, Records })
  assert.equal(many.FailedRecordCount, 0)
  many.Records.forEach((r, i) => put.set(`key-${i}`, { ...r, data: `data-${i}` }))

  step = 'ListShards'
  const { Shards } = await call('ListShards', { StreamName })
  assert.equal(Shards.length, 2)
  const top = Shards.find(s => s.HashKeyRange.EndingHashKey === LAST_HASH)
  assert.equal(put.get('key-9').ShardId, top.ShardId, 'ExplicitHashKey went to the wrong shard')

  step = 'GetRecords'
  const polled = {}
  for (const { ShardId } of Shards) {
    let it = (await call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' })).ShardIterator
    const wanted = [...put.values()].filter(r => r.ShardId === ShardId).length
    polled[ShardId] = []
    await until('records of ' + ShardId, async () => {
      const out = await call('GetRecords', { ShardIterator: it, Limit: 3 })
      polled[ShardId].push(...out.Records)
      it = out.NextShardIterator
      return polled[ShardId].length >= wanted
    })
  }
  verify('GetRecords', polled, put)

  step = 'RegisterStreamConsumer'
  const { Consumer } = await call('RegisterStreamConsumer', { StreamARN: summary.StreamARN, ConsumerName: 'fanout' })
  await until('consumer ACTIVE', async () =>
    (await call('DescribeStreamConsumer', { ConsumerARN: Consumer.ConsumerARN })).ConsumerDescription.ConsumerStatus === 'ACTIVE')
  step = 'SubscribeToShard'
  const pushed = {}
  for (const { ShardId } of Shards) pushed[ShardId] = await subscribe(Consumer.ConsumerARN, ShardId, polled[ShardId].length)
  verify('SubscribeToShard', pushed, put)

  step = 'missing stream'
  const error = await call('DescribeStream', { StreamName: StreamName + '-missing' }).then(() => null, e => e)
  assert.ok(error, 'DescribeStream of a missing stream did not fail')
  assert.equal(error.name, 'ResourceNotFoundException')
  assert.equal(error.message, `Stream ${StreamName}-missing under account 000000000000 not found.`)
  assert.equal(error.$metadata.httpStatusCode, 400)
  assert.ok(error.$metadata.requestId, 'no $metadata.requestId')

  step = 'DeleteStream'
  await call('DeleteStream', { StreamName, EnforceConsumerDeletion: true })
  await until('stream gone', () => call('DescribeStreamSummary', { StreamName })
    .then(() => false, e => { if (e.name === 'ResourceNotFoundException') return true; throw e }))
}

main().then(() => { console.log('OK', client.config.requestHandler.constructor.name); process.exit(0) },
  e => { console.error(`FAIL in ${step}: ${e.name}: ${e.message}`); if (process.env.DEBUG) console.error(e); process.exit(1) })
