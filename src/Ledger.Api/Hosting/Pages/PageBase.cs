using Microsoft.AspNetCore.Components;

namespace Ledger.Api.Hosting.Pages;

/// <summary>A page: gets the visit and what it shows. Razor makes components public, so both come as objects and are known here only.</summary>
public abstract class PageBase : ComponentBase
{
    /// <summary>The visit.</summary>
    [Parameter]
    public object? Visit { get; set; }

    /// <summary>What the page shows.</summary>
    [Parameter]
    public object? Model { get; set; }

    private protected PageVisit Page => (PageVisit)Visit!;

    private protected Words Words => Page.Words;

    private protected string T(string key, params object?[] arguments) => arguments.Length == 0 ? Words[key] : Words.Format(key, arguments);
}

/// <summary>A part of a page: gets the visit from the frame around it.</summary>
public abstract class PartBase : ComponentBase
{
    /// <summary>The visit.</summary>
    [CascadingParameter(Name = "Visit")]
    public object? Visit { get; set; }

    private protected PageVisit Page => (PageVisit)Visit!;

    private protected Words Words => Page.Words;

    private protected string T(string key, params object?[] arguments) => arguments.Length == 0 ? Words[key] : Words.Format(key, arguments);
}
