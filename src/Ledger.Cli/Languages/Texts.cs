using System.Globalization;
using System.Resources;
using Ledger.Api.Hosting;

[assembly: NeutralResourcesLanguage("en")]

namespace Ledger.Cli.Languages;

/// <summary>The words of the command line beside those that every reader of decisions needs.</summary>
internal sealed class Texts(CultureInfo culture) : Words(culture, Resources)
{
    private static readonly ResourceManager Resources = new("Ledger.Cli.Languages.Texts", typeof(Texts).Assembly);
}
