using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Access;

/// <summary>A thief has the disk but not the keys, and all the time to try every number there is.</summary>
public partial class StolenDiskScenarios(ITestOutputHelper output)
{
    private const int Numbers = 1_000_000;

    [Fact]
    public async Task AMillionNumbers_TriedAgainstAStolenDiskWithoutItsKeys_MatchNobody()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        LedgerSetup setup = new() { DataDirectory = data.Path };
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            for (int i = 0; i < 20; i++)
            {
                await server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), Number(i * 50_021)).Request());
            }

            await server.StopAsync();
        }

        Directory.Delete(setup.Keys, recursive: true);
        HashSet<string> onDisk = new(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(data.Path, "*", SearchOption.AllDirectories))
        {
            onDisk.UnionWith(Digits().Matches(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file))).Select(m => m.Value));
        }

        onDisk.Count(text => text.Length == 32).Should().BeGreaterThanOrEqualTo(20, "the pseudonyms are there");
        int matched = 0;
        Parallel.For(0, Numbers, i => Interlocked.Add(ref matched, Guesses(Number(i)).Count(onDisk.Contains)));
        output.WriteLine($"{Numbers:N0} numbers, {onDisk.Count:N0} strings on the disk, {matched} matched");
        matched.Should().Be(0);
    }

    private static string Number(int number) => string.Create(CultureInfo.InvariantCulture, $"{number:000000}");

    /// <summary>What somebody would try who has read our source but has no key.</summary>
    private static IEnumerable<string> Guesses(string number)
    {
        foreach (string text in new[] { number, $"ledger-pseudonym/v1\n{number}" })
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            yield return Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16));
            yield return Convert.ToHexStringLower(HMACSHA256.HashData(ReadOnlySpan<byte>.Empty, bytes).AsSpan(0, 16));
            yield return Convert.ToHexStringLower(HMACSHA256.HashData("main"u8, bytes).AsSpan(0, 16));
            yield return Convert.ToHexStringLower(HMACSHA256.HashData(new byte[32], bytes).AsSpan(0, 16));
        }
    }

    [GeneratedRegex("[0-9a-f]{32,64}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Digits();
}
