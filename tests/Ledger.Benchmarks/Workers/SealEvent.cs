using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Ledger.Contracts.Decisions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Workers.Sealing;

namespace Ledger.Benchmarks.Workers;

/// <summary>What sealing costs each decision, against one cipher call and one hash over the same bytes.</summary>
internal sealed class SealEvent : Benchmark
{
    private const int Events = 200_000;
    private const int QuickEvents = 50_000;
    private const int Rounds = 5;
    private const string Stream = "worker-main-00112233445566778899aabbccddeeff";

    private static readonly RowDefinition Seal = new(
        "seal.event", "a full decision, ten personal fields, sealed field by field and committed to, one thread", "µs", Target.ValueAtMost(15, "µs"))
    { Baseline = "one AES-256-GCM call and one SHA-256 over the same personal bytes" };

    public override IReadOnlyList<RowDefinition> Rows => [Seal];

    public override Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        byte[] personal = DecisionJson.Bytes(Personal());
        byte[] clear = Encoding.UTF8.GetBytes($$"""{"decisionId":"{{Guid.Empty}}","organisation":"main","act":"{{new string('a', 700)}}"}""");
        using WorkerKey key = new(new byte[WorkerKey.Length]);
        using AesGcm aes = new(new byte[WorkerKey.Length], 16);
        int count = bench.Quick ? QuickEvents : Events;
        var sealing = new List<double>();
        var raw = new List<double>();
        for (int round = -1; round < Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double sealed1 = SealAll(key, clear, personal, count);
            double raw1 = RawAll(aes, personal, count);
            if (round >= 0)
            {
                sealing.Add(sealed1);
                raw.Add(raw1);
                Bench.Say(string.Create(CultureInfo.InvariantCulture, $"  seal {sealed1:N2}, raw {raw1:N2}"));
            }
        }

        string note = string.Create(CultureInfo.InvariantCulture, $"{personal.Length:N0} personal bytes become {key.Seal(Guid.Empty, Stream, clear, personal, new Entropy()).Length - clear.Length:N0}");
        return Task.FromResult<IReadOnlyList<Row>>([Seal.Of(Bench.Median(sealing), Bench.Median(raw), note)]);
    }

    private static double SealAll(WorkerKey key, byte[] clear, byte[] personal, int count)
    {
        Entropy entropy = new();
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            key.Seal(entropy.NewId(), Stream, clear, personal, entropy);
        }

        return Stopwatch.GetElapsedTime(began).TotalMicroseconds / count;
    }

    private static double RawAll(AesGcm aes, byte[] personal, int count)
    {
        byte[] cipher = new byte[personal.Length];
        Span<byte> nonce = stackalloc byte[12];
        Span<byte> tag = stackalloc byte[16];
        Span<byte> hash = stackalloc byte[32];
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            BitConverter.TryWriteBytes(nonce, i);
            aes.Encrypt(nonce, personal, cipher, tag);
            SHA256.HashData(personal, hash);
        }

        return Stopwatch.GetElapsedTime(began).TotalMicroseconds / count;
    }

    // About 1.7 KB, as a producer that says everything sends.
    private static PersonalContent Personal()
    {
        DateTimeOffset at = new(2026, 3, 9, 14, 5, 7, TimeSpan.Zero);
        Value amount = new(new Quantity(7.5, "h"), null, null, null, null);
        return new PersonalContent(
            new Outcome("shift_moved", amount, amount, amount), new Outcome("shift_kept", amount, null, null), new Quantity(0.8251, "1"), 0.75,
            [.. Enumerable.Range(0, 3).Select(i => new Factor($"absences_last_{i}0_days", amount, FactorDirection.Towards, 0.5, new Quantity(10, "d")))],
            [new Parameter("horizon_days", amount), new Parameter("fairness_weight", amount)],
            [new LocalizedText("fr", "Le quart du soir manquait de deux personnes formées au quai."), new LocalizedText("en", "The evening shift lacked two people trained for the dock.")],
            [.. Enumerable.Range(0, 3).Select(i => new DataUse(DataCategory.Schedule, $"time clock {i}", at.AddDays(-2), at, ShiftRelation.OnShift, "planning"))],
            [new WorkMeasure("picking", new Quantity(12, "{item}"), 60, new Quantity(1, "{item}/h"), new Quantity(2, "{item}/h"), 900, 600, at, 39600)],
            "Agreed with the worker after she was shown the two alternatives.");
    }
}
