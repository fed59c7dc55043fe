using Spectre.Console;

namespace Ledger.Cli.Import;

/// <summary>A bar with rate and remaining time on a person's screen; nothing where there is none.</summary>
internal static class ProgressBar
{
    public static async Task<T> ShowAsync<T>(IAnsiConsole? screen, TimeProvider time, Func<Action<ImportProgress>?, Task<T>> work)
    {
        if (screen is null)
        {
            return await work(null);
        }

        return await screen.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask bar = context.AddTask(" ", maxValue: 1);
                long started = time.GetTimestamp();
                long? before = null;
                return await work(progress =>
                {
                    // What an earlier run did must not count as speed of this one.
                    before ??= progress.Decisions;
                    double seconds = Math.Max(0.001, time.GetElapsedTime(started).TotalSeconds);
                    bar.Description = ImportText.Say("Progress", progress.Decisions, (progress.Decisions - before) / seconds);
                    bar.Value = progress.Fraction;
                });
            });
    }
}
