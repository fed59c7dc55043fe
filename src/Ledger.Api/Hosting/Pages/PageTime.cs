namespace Ledger.Api.Hosting.Pages;

/// <summary>Whose clock a page shows where no work site says: the sessions' and the checkpoints'.</summary>
internal static class PageTime
{
    public const string Zone = "America/Toronto";

    /// <summary>The start of a day there.</summary>
    public static DateTimeOffset StartOf(DateOnly day)
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(Zone);
        DateTime midnight = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
    }
}
