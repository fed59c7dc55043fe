namespace Ledger.Api.Hosting;

/// <summary>Every limit of the edge, with its reason. Those of the silo are in <c>Ledger.Silo/Hosting/Limits.cs</c>.</summary>
internal static class Limits
{
    /// <summary>Bytes of one request message: what gRPC clients send by default at most.</summary>
    public const int MessageBytes = 4 * 1024 * 1024;

    /// <summary>Bytes read of a JSON body that is too long, so that its sender lives to hear why; beyond, the connection is closed.</summary>
    public const int DrainedBytes = 4 * MessageBytes;

    /// <summary>Bytes of one decision as stored: a thousand times a short one, a sixteenth of what EventStoreDB takes.</summary>
    public const int DecisionBytes = 64 * 1024;

    /// <summary>Decisions of one batch.</summary>
    public const int BatchDecisions = 1000;

    /// <summary>Batches of one stream in work at a time; further ones stay unread, so the sender is held back.</summary>
    public const int BatchesInFlight = 16;

    /// <summary>Decisions of all callers in work at a time; beyond it callers are told to retry. About a second's work, 50 MiB.</summary>
    public const int DecisionsInFlight = 20_000;

    /// <summary>Page length if none is asked for, and at most.</summary>
    public const int DefaultPage = 50, LargestPage = 500;

    /// <summary>Fields named in one refusal: enough to mend a form at once, short enough for headers.</summary>
    public const int ViolationsNamed = 20;

    /// <summary>How far ahead of ours a producer's clock may be.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Years into the past or future that any time may lie: beyond is a typing error.</summary>
    public const int YearsFromNow = 100;

    /// <summary>One turn of a watch: shorter than the grains' response timeout.</summary>
    public static readonly TimeSpan WatchTurn = TimeSpan.FromSeconds(10);

    /// <summary>How long a call waits for a checkpoint: ten intervals, shorter than the grains' response timeout.</summary>
    public static readonly TimeSpan PublishedPatience = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of a note that a witness hands in: a checkpoint with sixteen signatures and room.</summary>
    public const int NoteBytes = 16 * 1024;

    /// <summary>Fields that an evidence file may be asked to hide: there are not half as many.</summary>
    public const int WithheldFields = 100;

    /// <summary>Bytes of one piece of an evidence file.</summary>
    public const int EvidencePiece = 256 * 1024;

    /// <summary>Delay told to callers when nothing better is known.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Characters of names, of sentences, of reasons.</summary>
    public const int Code = 100, EmployeeNumber = 64, Name = 200, Sentence = 500, Paragraph = 2000, Reason = 4000, Language = 35;

    /// <summary>Items of the lists in a decision.</summary>
    public const int Factors = 100, Parameters = 100, Reasons = 10, DataUses = 100, Measures = 100, Inputs = 100, Evidence = 100;

    /// <summary>Bytes of a token: a provider that lists a hundred groups in one stays below.</summary>
    public const int TokenBytes = 16 * 1024;

    /// <summary>How long an identity provider may take to tell its keys: longer than any does, shorter than callers wait.</summary>
    public static readonly TimeSpan ProviderPatience = TimeSpan.FromSeconds(5);

    /// <summary>Characters of a token's subject (OpenID Connect Core 1.0 §2).</summary>
    public const int Subject = 255;

    /// <summary>How often the certificate's file is looked at.</summary>
    public static readonly TimeSpan CertificateLook = TimeSpan.FromSeconds(10);

    /// <summary>Calls of one account in a second, and at once: a hundred times what a person does, a tenth of what hurts.</summary>
    public const int CallsPerSecond = 1_000, CallsAtOnce = 2_000;

    /// <summary>Refusals end at a multiple of this: long enough to hide whether a record had to be read.</summary>
    public static readonly TimeSpan RefusalStep = TimeSpan.FromMilliseconds(50);

    /// <summary>From the first refused decision until it is recorded as such: short enough to see one's own mistake, long enough for a batch.</summary>
    public static readonly TimeSpan RefusedGathering = TimeSpan.FromSeconds(2);

    /// <summary>Between two reports of refused decisions: a producer that is refused all day adds some 3,000 small events to the log, and a crash loses at most this.</summary>
    public static readonly TimeSpan RefusedInterval = TimeSpan.FromSeconds(30);

    /// <summary>Between two tries to record such a report.</summary>
    public static readonly TimeSpan RefusedRetry = TimeSpan.FromSeconds(5);

    /// <summary>How long a process that stops tries to record its last report: a quarter of the time that it has.</summary>
    public static readonly TimeSpan RefusedLastTry = TimeSpan.FromSeconds(5);

    /// <summary>Kinds of refused decisions of one producer told apart in a day, and producers of one organisation: a page that people still read, 2 MiB of memory.</summary>
    public const int RefusedKinds = 100, RefusedProducers = 100;

    /// <summary>Kinds in one report: at 250 bytes each, a third of what EventStoreDB takes in an append.</summary>
    public const int RefusedKindsInReport = 1_000;

    /// <summary>For how long a mandate may be given: two terms of a representative would be longer than a worker remembers.</summary>
    public static readonly TimeSpan LongestMandate = TimeSpan.FromDays(731);
}
