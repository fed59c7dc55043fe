using System.Diagnostics;

namespace Ledger.Scenarios.Hosting;

/// <summary>Waits for conditions, never for time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks until the condition holds; fails with what was awaited when the time is up.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, TimeSpan? within = null)
    {
        TimeSpan limit = within ?? TimeSpan.FromSeconds(60);
        long started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException($"Not within {limit}: {what}");
            }

            await Task.Delay(BetweenLooks);
        }
    }
}
