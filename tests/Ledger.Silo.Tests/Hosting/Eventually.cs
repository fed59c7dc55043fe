using System.Diagnostics;

namespace Ledger.Silo.Tests.Hosting;

/// <summary>Waits for conditions, never for time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    /// <summary>Looks until the condition holds; fails with what was awaited when the time is up.</summary>
    public static Task HoldsAsync(Func<bool> condition, Func<string> what) => HoldsAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, Func{string})"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> what)
    {
        long started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new TimeoutException($"Not within {Limit}: {what()}");
            }

            await Task.Delay(BetweenLooks);
        }
    }
}
