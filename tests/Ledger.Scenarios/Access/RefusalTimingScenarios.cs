using System.Diagnostics;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Access;

/// <summary>Somebody without a right tries to learn from the clock whether there is anything recorded about a person.</summary>
public class RefusalTimingScenarios(ITestOutputHelper output)
{
    private const int Calls = 10_000, Callers = 64;

    // One in a hundred honest rounds looks different by chance; three of them do not.
    private const double SmallestP = 0.01;
    private const int Rounds = 3;

    [Fact]
    public async Task Refusals_OfAnExistingAndAnAbsentRecord_CannotBeToldApartByTheirLength()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        await using LedgerProcess server = await LedgerProcess.StartAsync(new() { DataDirectory = data.Path });
        for (int i = 0; i < 50; i++)
        {
            await server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request());
        }

        string existing = await server.NameOfAsync("E-1");
        string absent = await server.NameOfAsync("NOBODY-1");
        DecisionService.DecisionServiceClient curious = new(server.As(new LocalGrant("main", "curious", Role.Representative)));
        await MeasureAsync(curious, seed, existing, absent, Callers * 4);
        List<double> values = [];
        while (values.Count < Rounds && values.TrueForAll(p => p <= SmallestP))
        {
            (double[] there, double[] notThere) = await MeasureAsync(curious, seed, existing, absent, Calls);
            values.Add(MannWhitney(there, notThere));
            output.WriteLine($"median {Median(there):0.000} and {Median(notThere):0.000} ms, p = {values[^1]:0.000}");
        }

        values[^1].Should().BeGreaterThan(SmallestP);
    }

    private static async Task<(double[] Existing, double[] Absent)> MeasureAsync(
        DecisionService.DecisionServiceClient curious, Seed seed, string existing, string absent, int calls)
    {
        double[] taken = new double[calls];
        bool[] isThere = new bool[calls];
        Random random = seed.Next();
        for (int i = 0; i < calls; i++)
        {
            isThere[i] = random.Next(2) == 0;
        }

        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < calls;)
            {
                long started = Stopwatch.GetTimestamp();
                StatusCode status = await StatusAsync(curious, isThere[i] ? existing : absent);
                taken[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                status.Should().Be(StatusCode.PermissionDenied);
            }
        }));
        return ([.. taken.Where((_, i) => isThere[i])], [.. taken.Where((_, i) => !isThere[i])]);
    }

    private static async Task<StatusCode> StatusAsync(DecisionService.DecisionServiceClient curious, string worker)
    {
        try
        {
            await curious.ListDecisionsAsync(new ListDecisionsRequest { Parent = worker });
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    /// <summary>Two-sided p of the Mann–Whitney test, by the normal approximation with ranks of ties shared; samples are large.</summary>
    private static double MannWhitney(double[] first, double[] second)
    {
        (double Value, bool First)[] all = [.. first.Select(v => (v, true)).Concat(second.Select(v => (v, false))).OrderBy(v => v.Item1)];
        double rankSum = 0;
        for (int i = 0; i < all.Length;)
        {
            int end = i;
            while (end < all.Length && all[end].Value.Equals(all[i].Value))
            {
                end++;
            }

            // Ranks i+1 … end, shared.
            rankSum += all[i..end].Count(v => v.First) * (i + 1 + end) / 2.0;
            i = end;
        }

        double n = first.Length, m = second.Length;
        double u = rankSum - (n * (n + 1) / 2);
        double z = (u - (n * m / 2)) / Math.Sqrt(n * m * (n + m + 1) / 12);
        return Math.Clamp(2 * (1 - NormalBelow(Math.Abs(z))), 0, 1);
    }

    // Abramowitz and Stegun 26.2.17; the error is below 1e-7.
    private static double NormalBelow(double z)
    {
        double t = 1 / (1 + (0.2316419 * z));
        double tail = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return 1 - (Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * tail);
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
