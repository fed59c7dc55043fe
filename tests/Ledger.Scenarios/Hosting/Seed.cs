using System.Globalization;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Hosting;

/// <summary>Chance that can be had again: printed by every scenario, taken from <c>LEDGER_SEED</c> if that is set.</summary>
internal sealed class Seed
{
    private readonly Random random;

    public Seed(ITestOutputHelper output)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LEDGER_SEED"), CultureInfo.InvariantCulture, out int given)
            ? given
            : (int)(TimeProvider.System.GetTimestamp() & int.MaxValue);
        output.WriteLine($"LEDGER_SEED={seed}");
        random = new Random(seed);
    }

    /// <summary>How often to kill: as often as the suite has time for, or <c>LEDGER_KILLS</c>.</summary>
    public static int Kills(int otherwise) => Number("LEDGER_KILLS", otherwise);

    /// <summary>A number of the environment, or what the suite has time for.</summary>
    public static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int given) ? given : otherwise;

    /// <summary>A source of its own for each thread, all from the one seed.</summary>
    public Random Next()
    {
        lock (random)
        {
            return new Random(random.Next());
        }
    }

    public Guid NewId() => NewId(Next());

    public static Guid NewId(Random random)
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
