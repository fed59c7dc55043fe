using System.Globalization;
using System.Resources;

namespace Ledger.Cli.Import;

/// <summary>The texts of this folder, in the language of the process.</summary>
internal static class ImportText
{
    public static ResourceManager Resources { get; } = new("Ledger.Cli.Import.ImportTexts", typeof(ImportText).Assembly);

    /// <summary>How numbers are written: as the language of the process writes them.</summary>
    public static CultureInfo Culture => CultureInfo.GetCultureInfo(CultureInfo.CurrentUICulture.Name);

    public static string Say(string key, params object?[] values) =>
        string.Format(Culture, Resources.GetString(key, CultureInfo.CurrentUICulture) ?? key, values);
}
