/**
 * Every bound of the service, in one place: what is not bounded here is not bounded.
 * HTTP and the socket share the document limits; see docs/limits.md for what a caller sees when one is crossed.
 */
export const limits = {
  document: {
    /** Lexer tokens: stops a long document before it is parsed. */
    tokens: 2_000,
    /** Fields below one another, fragments included. */
    depth: 12,
    /** Aliased fields of one operation. */
    aliases: 100,
    /** Fields after fragments are unfolded: 22 doubling fragments are 1 kB of text and four million fields. */
    selections: 2_000,
    /** Root fields of one operation: each is at least one statement. */
    rootFields: 20,
    /** Cost: one for each object or list row a page may return, multiplied down the tree. */
    cost: 10_000,
    /** Faults that validation or variable coercion reports before it stops. */
    errors: 10,
    /** A query asked more often than this is compiled. */
    compileAfter: 3,
  },
  page: {
    /** The most rows that `first` may ask for. */
    first: 100,
    /** Ids that `nodes` takes. */
    ids: 100,
    /** Counting stops here: an exact count of a long list costs more than the list. */
    count: 10_000,
  },
  http: {
    /** A thousand results of cash application with their lines fit. */
    bodyBytes: 2_097_152,
    headersMs: 10_000,
    requestMs: 30_000,
    keepAliveMs: 65_000,
    /** A ledger file over the upload endpoint. */
    uploadBytes: 268_435_456,
    uploadMs: 600_000,
  },
  token: {
    bytes: 8_192,
    /** Clock difference that is forgiven between the issuer and us. */
    skewSeconds: 5,
  },
  socket: {
    /** A message from a client: 64 KiB, where the library's default is 100 MiB. */
    messageBytes: 65_536,
    initWaitMs: 5_000,
    pingMs: 15_000,
    perPrincipal: 10,
    perProcess: 5_000,
    subscriptions: 20,
    /** Changes read for one subscriber at a time. */
    batch: 100,
    /** Between two readings for one subscriber, or for all who ask the same: changes of that time are told together. */
    restMs: 200,
    /** Readings for subscribers that a node does at once; of the connections, the others are for those who ask and write. */
    readers: 4,
    /** More changes than this behind a cursor are answered with RESYNC instead. */
    replay: 5_000,
    /** How often open subscriptions look whether their rights still hold. */
    rightsMs: 2_000,
    /** How long a lost wake-up can stay unnoticed. */
    pollMs: 1_000,
  },
  database: {
    connections: 10,
    waitMs: 2_000,
    statementMs: 10_000,
    readMs: 5_000,
    writeMs: 10_000,
    /** A ledger load is one transaction, however many rows it has. */
    loadMs: 600_000,
    /** How often a unit that met a deadlock or a serialization failure is run again. */
    retries: 3,
  },
  command: {
    /** Clients that one query or subscription may name. */
    clients: 200,
    rows: 1_000,
    idempotencyKeyChars: 255,
  },
  jobs: {
    /** Jobs that one node runs at the same time. */
    atOnce: 2,
    /** How late a job may begin that nobody woke a worker for. */
    pollMs: 1_000,
    /** How often a job is begun, unless its kind says otherwise: over some two hours. */
    attempts: 8,
    /** How often a node looks whether any client lacks what should be scheduled for it. */
    sweepMs: 600_000,
  },
  mail: {
    connectMs: 10_000,
    /** Silence of a mail server. */
    idleMs: 20_000,
    /** A mail that is not taken within it may have been taken or not. */
    sendMs: 60_000,
    /** How often a notice is handed to a mail server before it is given up: over some two hours. */
    attempts: 8,
    /** How long a mail waits where the environment names no mail server, before it is looked again. */
    absentMs: 900_000,
  },
  notice: {
    /** Lines of one notice. */
    lines: 2_000,
    /** Notices that are decided about at once. */
    atOnce: 100,
  },
  evidence: {
    /** The most bytes that any client's rules can take for one document. */
    bytes: 104_857_600,
    /** How long a signed link to a document is good. */
    linkMs: 300_000,
    /** Subjects that one document may hang on at a time. */
    links: 100,
    /** The same bytes, type and name within this time are one document that was sent again. */
    repeatMs: 86_400_000,
    /** Bytes that did not become a document by then are removed. */
    abandonedMs: 3_600_000,
    /** One request to a store of documents elsewhere. */
    storeMs: 60_000,
    /** One look at a document by the program that scans. */
    scanMs: 60_000,
  },
  stop: {
    /** Readiness is off this long before the listener closes, so that a balancer has seen it. */
    drainMs: 5_000,
    totalMs: 25_000,
  },
} as const
