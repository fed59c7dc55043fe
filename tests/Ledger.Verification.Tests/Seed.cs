using System.Globalization;
using Xunit.Abstractions;

namespace Ledger.Verification.Tests;

/// <summary>Chance for a test: printed, and repeated with <c>LEDGER_TEST_SEED</c>.</summary>
internal static class Seed
{
    public static Random New(ITestOutputHelper output)
    {
        string? given = Environment.GetEnvironmentVariable("LEDGER_TEST_SEED");
        int seed = given is null ? (int)(TimeProvider.System.GetTimestamp() & int.MaxValue) : int.Parse(given, CultureInfo.InvariantCulture);
        output.WriteLine($"LEDGER_TEST_SEED={seed}");
        return new Random(seed);
    }

    public static byte[] Bytes(this Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    public static ulong Below(this Random random, ulong bound) => (ulong)random.NextInt64((long)bound);
}
