using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Decisions;
using Ledger.Api.Tests.Decisions;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.V1;
using Ledger.Verification;
using AiSystemUse = Ledger.V1.AiSystemUse;
using Automation = Ledger.V1.Automation;
using Category = Ledger.V1.Category;
using Checkpoint = Ledger.Verification.Checkpoint;
using Disclosure = Ledger.Verification.Disclosure;
using Enum = System.Enum;
using HumanReview = Ledger.V1.HumanReview;
using InclusionProof = Ledger.Verification.InclusionProof;
using Money = Ledger.V1.Money;
using Outcome = Ledger.V1.Outcome;
using Quantity = Ledger.V1.Quantity;
using Value = Ledger.V1.Value;

namespace Ledger.Api.Tests.Transparency;

/// <summary>Evidence files of sealed decisions, made by chance from a seed: all levels, shapes of values, zones and awkward letters.</summary>
internal sealed class DossierEvidence : IDisposable
{
    public const string Stream = "worker-main-00112233445566778899aabbccddeeff";

    private static readonly string[] Zones = ["America/Toronto", "Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC", "Pacific/Apia", "America/St_Johns"];
    private static readonly string[] Codes = ["shift_moved", "target_raised", "declined", "written_warning", "own_code_of_theirs", "premium_paid"];
    private static readonly string[] Units = ["1", "%", "h", "{item}/h", "{call}", "d", "{unheard_of}", "km/h"];
    private static readonly string[] Awkward =
        ["plain", "« guillemets » & <b>tags</b>", "two\nlines\r\nthree", "a \"quote\" 'n' more", "{{code}} $& $1 {0}", "</script><!--", "\u202Ebidi\u202C", "naïve 🙂", "2026-02-30T10:00:00Z", "2026-03-01T09:05:00.5-05:00", "  spaces  ", ""];

    private readonly Random _random;
    private readonly SignerKey _log = SignerKey.FromSeed("ledger.example/main", KeyAlgorithm.Ed25519, Seed(1));
    private readonly SignerKey _witness = SignerKey.FromSeed("union.example/witness", KeyAlgorithm.CosignatureV1, Seed(3));
    private readonly List<(string Type, byte[] Data, Disclosure[] Shown)> _events = [];

    public DossierEvidence(int seed) => _random = new Random(seed);

    public string LogKey => _log.Verifier.ToString();

    public void Dispose()
    {
        _log.Dispose();
        _witness.Dispose();
    }

    /// <summary>Adds a decision, sealed.</summary>
    public DossierEvidence Decision(V1.Decision decision, params string[] withheld)
    {
        DecisionRecorded recorded = new(Guid.Parse(decision.DecisionId), "main", Stream[^32..], null, DecisionMap.ToAct(decision), null);
        Seal(DecisionRecorded.Type, DecisionJson.Bytes(recorded), DecisionJson.Bytes(DecisionMap.ToPersonal(decision.Personal)), withheld);
        return this;
    }

    /// <summary>Adds a look at the record.</summary>
    public DossierEvidence View()
    {
        RecordViewed viewed = new("main", Stream[^32..], new string('a', 32), "hr", "ListDecisions", ["act", "personal"], null, null);
        Seal(RecordViewed.Type, JsonSerializer.SerializeToUtf8Bytes(viewed, WorkerJson.Default.RecordViewed), """{"purpose":"préparer une rencontre"}"""u8.ToArray(), []);
        return this;
    }

    /// <summary>Adds a mandate that a desk entered.</summary>
    public DossierEvidence Mandate()
    {
        MandateGiven given = new(
            Guid.Parse("00000000-0000-4000-8000-000000000001"), "main", Stream[^32..], new string('b', 32), new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new Contracts.Workers.DeskEntry(new string('c', 32), "hr", "F-1A2B-3C4D"));
        Seal(MandateGiven.Type, JsonSerializer.SerializeToUtf8Bytes(given, WorkerJson.Default.MandateGiven), """{"purpose":"mon grief"}"""u8.ToArray(), []);
        return this;
    }

    /// <summary>Adds so many decisions made by chance, some fields withheld, and now and then a look or a mandate.</summary>
    public DossierEvidence Chance(int events)
    {
        for (int i = 0; i < events; i++)
        {
            _ = _random.Next(8) is < 2 and var other ? (other == 0 ? View() : Mandate()) : Decision(AnyDecision(), _random.Next(3) == 0 ? [Pick("outcome", "score", "reasons", "recommendation"), "factors"] : []);
        }

        return this;
    }

    /// <summary>The file.</summary>
    public byte[] File(bool cosigned = true)
    {
        TreeBuilder tree = new();
        Dictionary<TileId, byte[]> tiles = [];
        List<(EventBytes Bytes, Disclosure[] Shown)> stored = [];
        byte[] salt = new byte[LogEntry.SaltLength];
        foreach ((string type, byte[] data, Disclosure[] shown) in _events)
        {
            byte[] next = Bytes(16);
            string metadata = string.Create(CultureInfo.InvariantCulture,
                $$"""{"actor":"producer:horaire","recordedAt":"{{new DateTimeOffset(2026, 3, 1, 4, 59, 0, TimeSpan.Zero).AddHours(stored.Count * 7):O}}","salt":"{{Convert.ToBase64String(salt)}}","dataSalt":"{{Convert.ToBase64String(Bytes(16))}}","nextSalt":"{{Convert.ToBase64String(next)}}"}""");
            EventBytes.TryOf(Stream, stored.Count, new Guid(Bytes(16)), type, data, Encoding.UTF8.GetBytes(metadata), out EventBytes e);
            stored.Add((e, shown));
            tree.Append(new TreeHash(LogEntry.LeafHash(e)));
            while (tree.TryTakeFullTile(out TileId id, out byte[] bytes))
            {
                tiles[id] = bytes;
            }

            salt = next;
        }

        byte[] text = new Checkpoint("ledger.example/main", tree.Head).ToText();
        DateTimeOffset at = new(2026, 3, 9, 14, 5, 7, TimeSpan.Zero);
        Note note = Note.Create(text, cosigned ? [_log.Sign(text, at), _witness.Sign(text, at)] : [_log.Sign(text, at)]);
        ArrayBufferWriter<byte> output = new();
        EvidenceWriter writer = new(output);
        writer.WriteHeader(new EvidenceHeader(Stream, [_log.Verifier], cosigned ? [_witness.Verifier] : []));
        foreach ((EventBytes e, Disclosure[] shown) in stored)
        {
            InclusionProof.TryProve((ulong)e.Revision, tree.Size, Tile, out TreeHash[] proof);
            writer.WriteEvent(new EvidenceEvent(e.Revision, e.Id, e.Type, e.Data, e.Metadata, new TreeHash(LogEntry.LeafHash(e)), new TlogProof(null, (ulong)e.Revision, proof, note))
            {
                Disclosures = shown,
            });
        }

        writer.WriteEnd();
        return output.WrittenSpan.ToArray();

        ReadOnlyMemory<byte>? Tile(TileId id) =>
            (tiles.GetValueOrDefault(id.Full) ?? tree.PartialTiles().First(t => t.Id.Level == id.Level && t.Id.Index == id.Index).Bytes).AsMemory(0, id.Width * TreeHash.Length);
    }

    private void Seal(string type, byte[] clear, byte[] personal, string[] withheld)
    {
        List<Disclosure> all = [];
        foreach (JsonProperty field in JsonDocument.Parse(personal).RootElement.EnumerateObject())
        {
            string array = $"[\"{Convert.ToBase64String(Bytes(16)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}\",\"{field.Name}\",{field.Value.GetRawText()}]";
            Disclosure.TryOf(Encoding.UTF8.GetBytes(array), out Disclosure? disclosure);
            all.Add(disclosure!);
        }

        string digests = string.Join(',', all.Select(d => $"\"{d.Digest}\"").Order(StringComparer.Ordinal));
        string boxes = string.Join(',', all.Select(d => $"\"{d.Name}\":\"{Convert.ToBase64String(Bytes(40))}\""));
        byte[] data = [.. clear[..^1], .. Encoding.UTF8.GetBytes($",\"personal\":{{\"_sd\":[{digests}],\"sealed\":{{{boxes}}}}}}}")];
        _events.Add((type, data, [.. all.Where(d => !withheld.Contains(d.Name, StringComparer.Ordinal))]));
    }

    private V1.Decision AnyDecision() => DecisionBuilder.Full(d =>
    {
        DateTimeOffset decided = DecisionBuilder.Now.AddMinutes(_random.Next(-5_000_000, 100_000));
        d.DecisionId = new Guid(Bytes(16)).ToString();
        d.Category = (Category)_random.Next(1, Enum.GetValues<Category>().Length);
        d.Kind = Pick(Codes);
        d.Adverse = _random.Next(2) == 0;
        d.System = new AiSystemUse { SystemId = Pick("Horaire+", Pick(Awkward[..^1])), Version = "1", Purpose = Pick(Awkward[..^1]) };
        d.Times.TimeZone = Pick(Zones);
        d.Times.DecidedAt = Timestamp.FromDateTimeOffset(decided);
        d.Automation = new Automation
        {
            Level = (AutomationLevel)_random.Next(1, 6),
            FinalDecisionMakerRole = Pick("", "contremaître"),
            Review = _random.Next(3) == 0 ? null : new HumanReview
            {
                OpenedAt = _random.Next(3) == 0 ? null : Timestamp.FromDateTimeOffset(decided),
                DecidedAt = Timestamp.FromDateTimeOffset(decided.AddTicks((long)Math.Pow(10, 5 + (_random.NextDouble() * 8)))),
                Changed = _random.Next(2) == 0,
            },
        };
        d.Personal.Outcome = AnyOutcome();
        d.Personal.Recommendation = _random.Next(2) == 0 ? null : AnyOutcome();
        d.Personal.Reasons[0].Text = Pick(Awkward);
        d.Personal.Score = new Quantity { Number = AnyNumber(), Unit = Pick(Units) };
        d.Personal.ReviewReason = Pick(Awkward);
    });

    private Outcome AnyOutcome() => new() { Code = Pick(Codes), Amount = AnyValue(), Before = AnyValue(), After = AnyValue() };

    private Value? AnyValue() => _random.Next(7) switch
    {
        0 => new Value { Quantity = new Quantity { Number = AnyNumber(), Unit = Pick(Units) } },
        1 => new Value { Money = new Money { CurrencyCode = Pick("CAD", "JPY", "TND", "USD"), MinorUnits = (long)(_random.NextDouble() * 1e9) - 500_000_000 + _random.Next(-99, 99) } },
        2 => new Value { Text = Pick(Awkward[..^1]) },
        3 => new Value { Instant = Timestamp.FromDateTimeOffset(DecisionBuilder.Now.AddMinutes(_random.Next(-5_000_000, 5_000_000))) },
        4 => new Value { Flag = _random.Next(2) == 0 },
        _ => null,
    };

    private double AnyNumber() => _random.Next(7) switch
    {
        0 => _random.Next(-3, 4),
        1 => Math.Round(_random.NextDouble() * 10_000, 2),
        2 => (_random.NextDouble() - 0.5) * Math.Pow(10, _random.Next(-9, 15)),
        3 => _random.Next(1, 2_000_000) / 1_000_000.0 + 0.0000005,
        4 => _random.Next() * 1000.0,
        // Sixteen digits, the last a 5: just between two of fifteen.
        5 => _random.NextInt64(10_000_000_000_000, 90_000_000_000_000) + (_random.Next(4) * 0.25),
        _ => 1.5,
    };

    private string Pick(params string[] of) => of[_random.Next(of.Length)];

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Seed(byte of) => [.. Enumerable.Repeat(of, SignerKey.SeedLength)];
}
